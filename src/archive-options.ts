import { requireZstd } from "./archive/spool/compress-chunks.ts";
import type { FixConfig, PlatformPolicy } from "./content/option-words.ts";
import { openArchive } from "./archive/open-archive.ts";
import { openScanCache } from "./cli/files/scan-cache.ts";
import type { LayerCompression } from "./oci/media-type.ts";
import { parsePlatform } from "./oci/platform.ts";
import { formatReference, parseReference } from "./oci/reference.ts";
import { defaultArchTag } from "./oci/arch-tag.ts";
import { isImageID } from "./oci/image-id.ts";
import { parseRenameRule } from "./transfer/plan/name-target.ts";
import type { SourceRequest } from "./transfer/plan/open-sources.ts";
import type { PlanOptions } from "./transfer/plan/plan.ts";

/** An archive to load: a file, or a folder that is an OCI layout, by its path; or a stream, read once. */
export interface Archive {
  readonly from: string | AsyncIterable<Uint8Array>;
  /** What messages call it: by itself its path, or `stream`. */
  readonly title?: string;
  /** What its images are for: `arm64`, or with a variant `linux/arm/v6`. Their content tells where this does not. */
  readonly platform?: string;
  /** Hex sha256 that the archive must have; of each file by its name, where it lies in several. */
  readonly sha256?: string | Readonly<Record<string, string>>;
}

/** Archives, and what is to become of their images: all that the plan needs, in words as people give them. */
export interface ArchiveOptions {
  readonly archives: readonly Archive[];
  /** Only these images, by name. */
  readonly imageList?: readonly string[];
  /** Where names of the list are written, for messages. */
  readonly listedAt?: ReadonlyMap<string, string>;
  readonly allowMissing?: boolean;
  /** Names by image ID, for images that have none. */
  readonly names?: Readonly<Record<string, string>>;
  /** The name of the only image of each archive that names none. */
  readonly name?: string;
  /** The repository of archives that have tags and no other names. */
  readonly repository?: string;
  readonly allowForeign?: boolean;
  readonly platformPolicy?: PlatformPolicy;
  /** Platforms by image name or ID: `{ "rancher/pause:3.1": "linux/arm/v7" }`. */
  readonly imagePlatforms?: Readonly<Record<string, string>>;
  readonly fixConfig?: FixConfig;
  /** `FROM=TO`, or `FROM*=TO*`. */
  readonly rename?: readonly string[];
  /** Path in front of every name. */
  readonly prefix?: string;
  readonly keepHost?: boolean;
  /** Whether names that end with an architecture, `kube-proxy-amd64:v1`, are one image without it. */
  readonly foldArch?: boolean;
  /** Template of per-architecture tags; `false` for none. */
  readonly archTag?: string | false;
  readonly dropAttestations?: boolean;
  /** Whether an image that was alone under its name gets a list of one. */
  readonly alwaysList?: boolean;
  readonly layerCompression?: LayerCompression;
  readonly compressionLevel?: number;
  readonly tempDir?: string;
  /** Bytes that an archive's compressed parts may unpack to whatever its size. Default 64 GiB. */
  readonly maxInflated?: number;
  /** Where it is remembered what scans of archives find, and which blobs became of layers; not at all, by default. */
  readonly cacheDir?: string;
}

/** How each archive is opened when its turn comes. */
export function toSourceRequests(options: ArchiveOptions): SourceRequest[] {
  // Told here, before a registry is asked for anything.
  if (options.layerCompression === "zstd") requireZstd();
  return options.archives.map((archive) => toSourceRequest(archive, options));
}

function toSourceRequest({ from, title, platform, sha256 }: Archive, options: ArchiveOptions): SourceRequest {
  const { tempDir, layerCompression = "gzip", compressionLevel, allowForeign = false } = options;
  const { maxInflated, name, repository, cacheDir } = options;
  const cache = cacheDir === undefined ? undefined : openScanCache(cacheDir);
  const look = { allowForeign, maxInflated, name, repository, cache };
  const opened = { tempDir, layerCompression, compressionLevel, ...look };
  const input = typeof from === "string" ? { path: from } : { stdin: from };
  return {
    title: title ?? (typeof from === "string" ? from : "stream"),
    ...(platform === undefined ? {} : { flag: parsePlatform(platform) }),
    ...(sha256 === undefined ? {} : { expectedSha256: readSum(sha256) }),
    open: (opening) => openArchive(input, { ...opening, ...opened }),
  };
}

/** A sum, or those of several parts by their names, as archives are compared with. */
export function readSum(sha256: NonNullable<Archive["sha256"]>): string | ReadonlyMap<string, string> {
  if (typeof sha256 === "string") return sha256.toLowerCase();
  return new Map(Object.entries(sha256).map(([name, sum]) => [name, sum.toLowerCase()]));
}

/** The options that decide the plan, their words read. */
export function readPlanOptions(options: ArchiveOptions): PlanOptions {
  const { archTag = defaultArchTag, imageList, listedAt } = options;
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
    foldArch: options.foldArch ?? false,
    ...(imageList ? { imageList } : {}),
    ...(listedAt ? { listedAt } : {}),
    allowMissing: options.allowMissing ?? false,
    ...(archTag === false ? {} : { archTag }),
    dropAttestations: options.dropAttestations ?? false,
    alwaysList: options.alwaysList ?? false,
  };
}

/** An image's name in full, or its ID as it is. */
function fullName(key: string): string {
  return isImageID(key) ? key : formatReference(parseReference(key));
}
