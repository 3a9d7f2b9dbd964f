import { inspectLayer } from "./archive/layers/inspect-layer.ts";
import { openArchive } from "./archive/open-archive.ts";
import type { Store } from "./content/repository.ts";
import { openLayoutStore } from "./storage/directory/open-layout-store.ts";
import { parsePlatform } from "./oci/platform.ts";
import { formatReference, parseReference } from "./oci/reference.ts";
import { createRegistryStore, type RegistryStoreOptions } from "./registry/registry-store.ts";
import { defaultArchTag } from "./transfer/plan/arch-tag.ts";
import { openCheckedPairs } from "./transfer/load/checked-pairs-file.ts";
import { type OnEvent, tellNotes } from "./transfer/report/events.ts";
import { isImageID } from "./transfer/plan/image-id.ts";
import { load, type LoadRequest } from "./transfer/load/load.ts";
import type { SourceRequest } from "./transfer/plan/open-sources.ts";
import type { PlanOptions } from "./transfer/plan/plan.ts";
import type { LoadReport } from "./transfer/report/report.ts";
import { parseRenameRule } from "./transfer/plan/name-target.ts";

/** An archive to load: a file, or a folder that is an OCI layout, by its path; or a stream, read once. */
export interface Archive {
  readonly from: string | AsyncIterable<Uint8Array>;
  /** What its images are for: `arm64`, or with a variant `linux/arm/v6`. Their content tells where this does not. */
  readonly platform?: string;
  /** Hex sha256 that the archive must have. */
  readonly sha256?: string;
}

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
export interface LoadOptions {
  readonly archives: readonly Archive[];
  /** Where the images go. Without it nothing is sent, and the report tells the plan. */
  readonly to?: RegistryDestination | LayoutDestination;
  /** Only these images, by name. */
  readonly imageList?: readonly string[];
  readonly allowMissing?: boolean;
  /** Names by image ID, for images that have none. */
  readonly names?: Readonly<Record<string, string>>;
  readonly allowForeign?: boolean;
  readonly platformPolicy?: PlanOptions["policy"];
  /** Platforms by image name or ID: `{ "rancher/pause:3.1": "linux/arm/v7" }`. */
  readonly imagePlatforms?: Readonly<Record<string, string>>;
  readonly fixConfig?: PlanOptions["fixConfig"];
  /** `FROM=TO`, or `FROM*=TO*`. */
  readonly rename?: readonly string[];
  /** Path in front of every name. */
  readonly prefix?: string;
  readonly keepHost?: boolean;
  readonly onExisting?: LoadRequest["onExisting"];
  readonly format?: LoadRequest["format"];
  /** Template of per-architecture tags; `false` for none. */
  readonly archTag?: string | false;
  readonly dropAttestations?: boolean;
  /** Uses layers that the registry has under another digest; what was checked once is kept in the user's cache folder. */
  readonly reuseLayers?: boolean;
  readonly layerCompression?: "gzip" | "zstd" | "none";
  readonly compressionLevel?: number;
  /** Platforms that every image must end with. */
  readonly require?: readonly string[];
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  readonly tempDir?: string;
  /** Told what happens while it happens. */
  readonly onEvent?: OnEvent;
  /** Ends the load: uploads are cancelled, temp files removed, and every tag is as it was or complete. */
  readonly signal?: AbortSignal;
}

/**
 * Loads archives into a registry or a folder, one multi-arch image per name. Throws an `AirgapError` where nothing was
 * published: damage, contradictions, a registry that cannot be reached; and the signal's reason. What the registry refused
 * of single images is in the report.
 */
export async function loadArchives(options: LoadOptions): Promise<LoadReport> {
  const { to, onEvent = ignore, signal = new AbortController().signal, dryRun = false } = options;
  await using store = await openStore(to, dryRun, onEvent, signal);
  await using checked = options.reuseLayers ? await openCheckedPairs(process.env) : undefined;
  return await load({
    sources: options.archives.map((archive) => requestSource(archive, options)),
    ...(store ? { store } : {}),
    registry: store?.title ?? "registry",
    plan: readPlanOptions(options),
    onExisting: options.onExisting ?? "merge",
    format: options.format ?? "auto",
    require: (options.require ?? []).map(parsePlatform),
    strict: options.strict ?? false,
    dryRun,
    inspectLayer,
    ...(checked ? { reuse: checked } : {}),
    onEvent,
    signal,
  });
}

function ignore(): void {}

async function openStore(
  to: LoadOptions["to"],
  dryRun: boolean,
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<Store | undefined> {
  if (!to) return undefined;
  if ("layout" in to) return openLayoutStore(to.layout, dryRun);
  return createRegistryStore({ ...to, host: to.registry, onNotice: tellNotes(onEvent), signal });
}

function requestSource({ from, platform, sha256 }: Archive, options: LoadOptions): SourceRequest {
  const { tempDir, layerCompression = "gzip", compressionLevel, allowForeign = false } = options;
  const input = typeof from === "string" ? { path: from } : { stdin: from };
  return {
    title: typeof from === "string" ? from : "stream",
    ...(platform === undefined ? {} : { flag: parsePlatform(platform) }),
    ...(sha256 === undefined ? {} : { expectedSha256: sha256.toLowerCase() }),
    open: (opening) =>
      openArchive(input, { ...opening, tempDir, layerCompression, compressionLevel, allowForeign }),
  };
}

function readPlanOptions(options: LoadOptions): PlanOptions {
  const { archTag = defaultArchTag, imageList } = options;
  return {
    policy: options.platformPolicy ?? "verify",
    fixConfig: options.fixConfig ?? "auto",
    imagePlatforms: new Map(
      Object.entries(options.imagePlatforms ?? {}).map(([key, value]) => [
        fullName(key),
        parsePlatform(value),
      ]),
    ),
    names: new Map(
      Object.entries(options.names ?? {}).map(([id, name]) => [id, formatReference(parseReference(name))]),
    ),
    renames: (options.rename ?? []).map(parseRenameRule),
    prefix: options.prefix ?? "",
    keepHost: options.keepHost ?? false,
    ...(imageList ? { imageList } : {}),
    allowMissing: options.allowMissing ?? false,
    ...(archTag === false ? {} : { archTag }),
    dropAttestations: options.dropAttestations ?? false,
  };
}

/** An image's name in full, or its ID as it is. */
function fullName(key: string): string {
  return isImageID(key) ? key : formatReference(parseReference(key));
}
