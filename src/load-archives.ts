import type { ArchTags, ManifestFormat, OnExisting } from "./content/option-words.ts";
import { inspectLayer } from "./archive/layers/inspect-layer.ts";
import { type ArchiveOptions, readPlanOptions, toSourceRequests } from "./archive-options.ts";
import { readTrust, type TrustFiles } from "./cli/files/read-trust.ts";
import type { Store } from "./content/repository.ts";
import { openLayoutStore } from "./storage/directory/open-layout-store.ts";
import { parsePlatform } from "./oci/platform.ts";
import { createRegistryStore, type RegistryStoreOptions } from "./registry/registry-store.ts";
import { openKnownLayers } from "./cli/files/known-layers-file.ts";
import { type OnEvent, tellNotices } from "./transfer/report/events.ts";
import { load } from "./transfer/load/load.ts";
import type { LoadReport } from "./transfer/report/report.ts";

/** A registry, and how to reach it; by itself https, and http for private addresses that do not speak it. */
export interface RegistryDestination extends Pick<
  RegistryStoreOptions,
  | "credentials"
  | "authFile"
  | "plainHttp"
  | "tlsNoVerify"
  | "insecure"
  | "caFile"
  | "certFile"
  | "keyFile"
  | "registriesYaml"
  | "concurrency"
  | "limitRate"
  | "commitTimeout"
> {
  /** `HOST[:PORT]`, with `http://` or `https://` in front where only that will do. */
  readonly registry: string;
}

/** A folder that is an OCI image layout, or becomes one. */
export interface LayoutDestination {
  readonly layout: string;
}

/** The options of the command `load`, under the same names and with the same defaults; see docs/cli.md. */
export interface LoadOptions extends ArchiveOptions, TrustFiles {
  /** Where the images go. Without it nothing is sent, and the report tells the plan. */
  readonly to?: RegistryDestination | LayoutDestination;
  readonly onExisting?: OnExisting;
  /** `auto` keeps what archives promise, unless the registry refuses its media types. */
  readonly format?: ManifestFormat;
  /** Nothing is published with another digest than the archives promise. */
  readonly preserveDigests?: boolean;
  /** When images get tags of their own beside their list, default `auto`: where garbage collection would take them. */
  readonly archTags?: ArchTags;
  /** Uses layers that the registry has under another digest; what was made or checked once is remembered in `cacheDir`. */
  readonly reuseLayers?: boolean;
  /** Platforms that every image must end with. */
  readonly require?: readonly string[];
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  /** With `dryRun`: the registry is not even asked. */
  readonly offline?: boolean;
  /** Told what happens while it happens. */
  readonly onEvent?: OnEvent;
  /** Ends the load: uploads are cancelled, temp files removed, and every tag is as it was or complete. */
  readonly signal?: AbortSignal;
}

/** What of the world around it a program hands to the load beside its options. */
export type Surroundings = Pick<RegistryStoreOptions, "env" | "userAgent" | "onOrigin">;

/**
 * Loads archives into a registry or a folder, one multi-arch image per name. Throws an `AirgapError` where nothing was
 * published: damage, contradictions, a registry that cannot be reached; and the signal's reason. What the registry refused
 * of single images is in the report.
 */
export async function loadArchives(options: LoadOptions, around: Surroundings = {}): Promise<LoadReport> {
  const { to, onEvent = ignore, signal = new AbortController().signal, dryRun = false } = options;
  const trust = await readTrust(options);
  await using store = await openStore(options, around, onEvent, signal);
  await using knownBlobs = openKnownLayers(options.cacheDir);
  return await load({
    sources: toSourceRequests(options),
    ...(store ? { store } : {}),
    registry: store?.title ?? (to && "registry" in to ? to.registry : "registry"),
    plan: readPlanOptions(options),
    onExisting: options.onExisting ?? "merge",
    format: options.format ?? "auto",
    // Most that read an OCI layout know OCI's types alone.
    ownFamily: to && "layout" in to ? "oci" : "docker",
    preserveDigests: options.preserveDigests ?? false,
    archTags: options.archTags ?? "auto",
    require: (options.require ?? []).map(parsePlatform),
    strict: options.strict ?? false,
    dryRun,
    inspectLayer,
    knownBlobs,
    reuseLayers: options.reuseLayers ?? false,
    ...(trust ? { trust } : {}),
    onEvent,
    signal,
  });
}

function ignore(): void {}

async function openStore(
  { to, dryRun = false, offline = false }: LoadOptions,
  around: Surroundings,
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<Store | undefined> {
  if (!to || offline) return undefined;
  if ("layout" in to) return openLayoutStore(to.layout, dryRun);
  return createRegistryStore({ ...to, ...around, host: to.registry, onNotice: tellNotices(onEvent), signal });
}
