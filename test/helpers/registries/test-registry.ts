import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Digest } from "../../../src/oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../../src/oci/manifest.ts";
import { createRegistryHandler } from "../../../src/server/registry-handler.ts";
import type { RequestHandler } from "../../../src/server/http/request-handler.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import type { ContentStorage } from "../../../src/storage/content-storage.ts";

/** A quirk or a fault: a wrapper that answers for the handler, or changes what it sees or says. */
export type Fault = (handler: RequestHandler) => RequestHandler;

export interface TestRegistryOptions {
  readonly storage?: ContentStorage;
  /** Outermost first; may be changed later through `TestRegistry.faults`. */
  readonly faults?: readonly Fault[];
  readonly readOnly?: boolean;
  /** Largest blob that is taken, in bytes. */
  readonly maxBlobSize?: number;
  /** Speaks TLS with this certificate, and asks for a client's where `ca` is given. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  /** As they came, authorization included. */
  readonly headers: IncomingHttpHeaders;
  /** Set once it is answered. */
  status?: number;
  /** Set once it is over, answered or not. */
  closed?: boolean;
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT`, or https. */
  readonly url: string;
  readonly storage: ContentStorage;
  /** Everything that was asked, in the order of arrival. */
  readonly requests: SeenRequest[];
  /** Outermost first; a change holds from the next request on. */
  faults: Fault[];
  /** Errors of the registry itself: a test of something else expects none. */
  readonly failures: unknown[];
  /** What a tag or digest names, or undefined. */
  readTag(repository: string, reference: string): Promise<Manifest | ImageIndex | undefined>;
  /** A blob's bytes; throws where the repository does not own it. */
  readBlob(repository: string, digest: Digest): Promise<Uint8Array>;
  tags(repository: string): Promise<readonly string[]>;
  /** `repository:tag` to digest, for all tags there are. */
  snapshot(): Promise<Record<string, Digest>>;
  stop(): Promise<void>;
}

/** A registry in this process, strict to the distribution specification, over memory, on a free port of 127.0.0.1. */
export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const storage = options.storage ?? new MemoryStorage();
  const failures: unknown[] = [];
  const requests: SeenRequest[] = [];
  const handler = createRegistryHandler({
    storage,
    readOnly: options.readOnly ?? false,
    ...(options.maxBlobSize === undefined ? {} : { maxBlobSize: options.maxBlobSize }),
    onFailure: (error) => failures.push(error),
  });
  const listener: RequestHandler = async (request, response) => {
    const seen: SeenRequest = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
    };
    requests.push(seen);
    response.once("finish", () => {
      seen.status = response.statusCode;
    });
    response.once("close", () => {
      seen.closed = true;
    });
    await registry.faults.reduceRight((inner, fault) => fault(inner), handler)(request, response);
  };
  const server = createListener(options, (request, response) => {
    listener(request, response).catch((error: unknown) => {
      failures.push(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> => closeServer(server);
  const registry: TestRegistry = {
    host: `127.0.0.1:${port}`,
    port,
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    storage,
    requests,
    faults: [...(options.faults ?? [])],
    failures,
    readTag: (repository, reference) => readTag(storage, repository, reference),
    readBlob: (repository, digest) => readBlob(storage, repository, digest),
    tags: async (repository) => [...((await storage.listTags(repository)) ?? new Map()).keys()],
    snapshot: () => snapshot(storage),
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return registry;
}

function createListener(
  { tls }: TestRegistryOptions,
  listener: (...args: Parameters<RequestHandler>) => void,
): Server {
  if (!tls) return createServer({ requestTimeout: 0 }, listener);
  const clientCheck = tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ requestTimeout: 0, ...tls, ...clientCheck }, listener);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

async function readTag(
  storage: ContentStorage,
  repository: string,
  reference: string,
): Promise<Manifest | ImageIndex | undefined> {
  const raw = await storage.readManifest(repository, reference);
  return raw && parseManifest(raw.bytes, `${repository}:${reference}`, raw.descriptor.mediaType);
}

async function readBlob(storage: ContentStorage, repository: string, digest: Digest): Promise<Uint8Array> {
  if ((await storage.statBlob(repository, digest)) === undefined) {
    throw new Error(`repository "${repository}" has no blob "${digest}"`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.readBlob(digest)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function snapshot(storage: ContentStorage): Promise<Record<string, Digest>> {
  const entries: [string, Digest][] = [];
  for (const repository of await storage.listRepositories()) {
    for (const [tag, digest] of (await storage.listTags(repository)) ?? []) {
      entries.push([`${repository}:${tag}`, digest]);
    }
  }
  return Object.fromEntries(entries);
}
