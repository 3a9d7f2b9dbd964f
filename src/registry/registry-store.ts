import type { ManagedStore } from "../content/repository.ts";
import type { LookUp } from "./client/address.ts";
import { BlobPusher } from "./blobs/blob-pusher.ts";
import { AccessCheck } from "./check-access.ts";
import { type Clock, systemClock } from "./http/clock.ts";
import { type ContainerdHost, readContainerdHost } from "./auth/containerd-host.ts";
import { createCredentialFinder, type CredentialSearch } from "./auth/find-credentials.ts";
import { listRepositories } from "./manifests/list-repositories.ts";
import { ManifestPusher } from "./manifests/manifest-pusher.ts";
import { type OpenRegistry, openRegistry } from "./client/open-registry.ts";
import { findProxy } from "./http/proxy-settings.ts";
import { RateLimit } from "./http/rate-limit.ts";
import type { RegistryConfig } from "./auth/registries-yaml.ts";
import { readRegistriesYaml } from "./auth/read-registries-yaml.ts";
import { RegistryClient } from "./client/registry-client.ts";
import { type RegistryOrigin, resolveOrigin } from "./client/registry-origin.ts";
import { RegistryRepository } from "./registry-repository.ts";
import { Slots } from "./http/slots.ts";
import { UnderWay } from "./http/under-way.ts";
import { loadTlsSettings } from "./tls/tls-settings.ts";
import type { Transport } from "./http/transport.ts";
import { createUndiciTransport } from "./http/undici-transport.ts";
import { note, type OnNotice } from "../content/notice.ts";

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
  /** As docker does: https without checking the certificate, else http, credentials too. */
  readonly insecure?: boolean | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Default: where k3s and rke2 have it. */
  readonly registriesYaml?: string | undefined;
  /** In front of the absolute paths that certificates and containerd's settings are looked for in, for tests. */
  readonly root?: string | undefined;
  /** Bytes a second over all uploads. */
  readonly limitRate?: number | undefined;
  /** Blobs uploaded at the same time, default 3. */
  readonly concurrency?: number | undefined;
  /** Milliseconds that a registry may take to commit a blob, default 30 minutes. */
  readonly commitTimeout?: number | undefined;
  /** Milliseconds for which a registry may take no byte of a blob, default 2 minutes. */
  readonly stallTimeout?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Whether projects and organizations that are missing are made, where the registry has a way (Harbor, Gitea, Quay). */
  readonly createProjects?: boolean | undefined;
  /** Whether it is only read from: tokens are then asked for pulling alone. */
  readonly readOnly?: boolean | undefined;
  /** What the options for it begin with on the command line, default `--`; for hints. */
  readonly optionPrefix?: string | undefined;
  /** Told of each odd thing, a sentence without secrets; the same sentence once. */
  readonly onNotice?: OnNotice | undefined;
  /** Told once which address, and so which scheme, the registry answers at. */
  readonly onOrigin?: ((origin: URL) => void) | undefined;
  /** Where credentials, certificates and proxies are looked up, default the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends the sign-in; transfers have signals of their own. */
  readonly signal?: AbortSignal | undefined;
  readonly transport?: Transport | undefined;
  readonly clock?: Clock | undefined;
  readonly lookUp?: LookUp | undefined;
}

const defaultConcurrency = 3;
const defaultCommitTimeout = 30 * 60_000;
const defaultStallTimeout = 120_000;
/** Connections beside those of blob uploads, for all that is small. */
const otherConnections = 8;

/**
 * A registry as a store. Nothing is sent before the first question is asked. Throws `HOST_INVALID`, and
 * `CONFIG_FILE_INVALID` for a registries.yaml that cannot be read.
 */
export async function createRegistryStore(options: RegistryStoreOptions): Promise<ManagedStore> {
  const { onNotice = ignore, root } = options;
  const asked = resolveOrigin(options);
  const registries = await readRegistriesYaml(options.registriesYaml, onNotice);
  const containerd = await readContainerdHost(asked.host, { root, onNotice });
  const origin = asPlain(asked, containerd, onNotice);
  const transport = options.transport ?? createTransport(options, origin, registries);
  const slots = new Slots(options.concurrency ?? defaultConcurrency);
  const places = { registries, containerd: containerd?.toml?.credentials };
  const client = createClient(options, origin, places, transport, () => slots.halve());
  const blobs = createBlobPusher(options, client, slots);
  const manifests = new ManifestPusher(client, blobs);
  const access = new AccessCheck(client, options.createProjects ?? false);
  const underWay = new UnderWay();
  const patience = { isOver: false };
  const repositories = new Map<string, RegistryRepository>();
  return {
    title: origin.host,
    repository(name) {
      const repository =
        repositories.get(name) ??
        new RegistryRepository(name, { client, blobs, manifests, underWay, patience });
      repositories.set(name, repository);
      return repository;
    },
    listRepositories: (signal) => listRepositories(client, signal),
    checkAccess: (names, signal) => underWay.run(signal, (ending) => access.run(names, ending)),
    async [Symbol.asyncDispose]() {
      await underWay[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
    },
  };
}

function ignore(): void {}

/** http, where https was not asked for by name and this machine's containerd is told to speak http there. */
function asPlain(
  origin: RegistryOrigin,
  containerd: ContainerdHost | undefined,
  onNotice: OnNotice,
): RegistryOrigin {
  if (!containerd?.toml?.plainHttp || origin.fallback?.when !== "if-private") return origin;
  onNotice(
    note(`Registry "${origin.host}" is spoken to over http, as "${containerd.folder}/hosts.toml" has it`),
  );
  return { host: origin.host, url: origin.fallback.url };
}

function createTransport(
  options: RegistryStoreOptions,
  origin: RegistryOrigin,
  registries: ReadonlyMap<string, RegistryConfig>,
): Transport {
  const { tlsNoVerify, insecure, caFile, certFile, keyFile, root } = options;
  const { onNotice = ignore, env = process.env } = options;
  const noVerify = (tlsNoVerify ?? false) || (insecure ?? false);
  const clientHost = origin.url.host;
  const tls = { noVerify, clientHost, caFile, certFile, keyFile, registries, env, onNotice, root };
  return createUndiciTransport({
    connections: (options.concurrency ?? defaultConcurrency) + otherConnections,
    tlsFor: (host) => loadTlsSettings(host, tls),
    proxyFor: (url) => findProxy(url, env),
  });
}

function createClient(
  options: RegistryStoreOptions,
  origin: RegistryOrigin,
  places: Pick<CredentialSearch, "registries" | "containerd">,
  transport: Transport,
  onThrottled: () => void,
): RegistryClient {
  const { clock = systemClock, userAgent = "airgap-load", onNotice = ignore, env = process.env } = options;
  const { lookUp, signal, authFile, credentials: given, readOnly = false, optionPrefix } = options;
  const { host } = origin;
  const credentials = createCredentialFinder({ host, given, authFile, ...places, env, onNotice });
  const insecure = (options.insecure ?? false) || (options.plainHttp ?? false);
  const common = { transport, clock, userAgent, onNotice };
  const proxyFor = (url: URL): URL | undefined => findProxy(url, env);
  const open = async (): Promise<OpenRegistry> => {
    const opened = await openRegistry({
      ...common,
      origin,
      insecure,
      proxyFor,
      credentials,
      readOnly,
      lookUp,
      signal,
    });
    options.onOrigin?.(opened.origin);
    return opened;
  };
  return new RegistryClient({ ...common, host, onThrottled, optionPrefix, open });
}

function createBlobPusher(options: RegistryStoreOptions, client: RegistryClient, slots: Slots): BlobPusher {
  const { limitRate, commitTimeout = defaultCommitTimeout, stallTimeout = defaultStallTimeout } = options;
  const rateLimit = limitRate === undefined ? undefined : new RateLimit(limitRate, client.clock);
  return new BlobPusher(client, { commitTimeout, stallTimeout, rateLimit }, slots);
}
