import type { Store } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { LookUp } from "./address.ts";
import { BlobPusher } from "./blob-pusher.ts";
import { cancelUpload, startUpload } from "./blob-upload.ts";
import { type Clock, systemClock } from "./clock.ts";
import { openRegistry } from "./open-registry.ts";
import { RegistryClient } from "./registry-client.ts";
import { resolveOrigin } from "./registry-origin.ts";
import { RegistryRefusal } from "./registry-refusal.ts";
import { RegistryRepository } from "./registry-repository.ts";
import { pushScopes } from "./scopes.ts";
import { Slots } from "./slots.ts";
import type { Transport } from "./transport.ts";
import { createUndiciTransport } from "./undici-transport.ts";

export interface RegistryStoreOptions {
  /** `host[:port]`, or with `http://` (as `plainHttp`) or `https://` (never http) in front. */
  readonly host: string;
  /** From the command line: before all files. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  /** `--authfile`: the only file looked into. */
  readonly authFile?: string | undefined;
  /** http only, credentials too. */
  readonly plainHttp?: boolean | undefined;
  /** https without checking the certificate. */
  readonly tlsNoVerify?: boolean | undefined;
  /** As docker means it: https without checking the certificate, else http, credentials too. */
  readonly insecure?: boolean | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly registriesYaml?: string | undefined;
  /** Bytes a second over all uploads. */
  readonly limitRate?: number | undefined;
  /** Blobs uploaded at the same time, default 3. */
  readonly concurrency?: number | undefined;
  /** Milliseconds that a registry may take to commit a blob, default 30 minutes. */
  readonly commitTimeout?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Told of each odd thing, a sentence; never holds secrets. */
  readonly onNotice?: ((text: string) => void) | undefined;
  readonly transport?: Transport | undefined;
  readonly clock?: Clock | undefined;
  readonly lookUp?: LookUp | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal | undefined;
}

const defaultConcurrency = 3;
const defaultCommitTimeout = 30 * 60_000;

/** A registry as a store. Nothing is sent before the first question; `HOST_INVALID` and unreadable files are thrown here. */
export async function createRegistryStore(options: RegistryStoreOptions): Promise<Store> {
  const origin = resolveOrigin(options);
  const concurrency = options.concurrency ?? defaultConcurrency;
  const onNotice = options.onNotice ?? (() => undefined);
  const transport =
    options.transport ??
    createUndiciTransport({
      connections: concurrency + 8,
      tlsFor: () =>
        Promise.resolve(options.tlsNoVerify || options.insecure ? { rejectUnauthorized: false } : {}),
    });
  const clock = options.clock ?? systemClock;
  const userAgent = options.userAgent ?? "airgap-load";
  const slots = new Slots(concurrency);
  const client = new RegistryClient({
    transport,
    clock,
    userAgent,
    onNotice,
    onThrottled: () => slots.halve(),
    open: () =>
      openRegistry({
        origin,
        transport,
        clock,
        userAgent,
        insecure: options.insecure ?? options.plainHttp ?? false,
        findCredentials: () => Promise.resolve({ credentials: options.credentials, searched: [] }),
        onNotice,
        lookUp: options.lookUp,
        signal: options.signal,
      }),
  });
  const blobs = new BlobPusher(client, slots, options.commitTimeout ?? defaultCommitTimeout);
  const repositories = new Map<string, RegistryRepository>();
  return {
    title: origin.host,
    repository: (name) => {
      const known =
        repositories.get(name) ?? new RegistryRepository({ host: origin.host, name, client, blobs });
      repositories.set(name, known);
      return known;
    },
    checkAccess: (names, signal) => checkAccess(client, origin.host, names, signal),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

async function checkAccess(
  client: RegistryClient,
  host: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const probes = new Map(names.map((name) => [name.split("/")[0], name]));
  const refusals: RegistryRefusal[] = [];
  for (const name of probes.values()) {
    const upload = {
      repository: name,
      scopes: pushScopes(name),
      action: `push to "${host}/${name}"`,
      signal,
    };
    try {
      await cancelUpload(client, upload, await startUpload(client, upload));
    } catch (error) {
      if (!(error instanceof RegistryRefusal) || error.exit !== "denied") throw error;
      refusals.push(error);
    }
  }
  if (refusals.length)
    throw new AirgapError("ACCESS_DENIED", refusals.map((refusal) => refusal.message).join("\n"), {
      exit: "denied",
      cause: refusals[0],
    });
}
