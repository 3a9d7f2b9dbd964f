import type { FixConfig, MirrorKindWord, OnExisting, PlatformPolicy } from "../../content/option-words.ts";
import type { LayerCompression } from "../../oci/media-type.ts";
import type { CacheFlags } from "../files/scan-cache.ts";
import type { ChecksumFlags } from "./checksum-options.ts";
import type { ImageListFlags } from "./image-list-option.ts";
import type { FormatFlags } from "./format-options.ts";
import type { ArchTagsFlag } from "./arch-tags-option.ts";
import type { RegistryFlags } from "./registry-options.ts";
import type { SignatureFlags } from "./signature-options.ts";

/** Architectures that have an option of their own; every other platform goes through `--archive`. */
export const architectureOptions = [
  "amd64",
  "arm64",
  "arm",
  "386",
  "ppc64le",
  "s390x",
  "riscv64",
  "loong64",
] as const;

/** Which archives are read, and what the operator says of their images. */
export interface ArchiveFlags
  extends
    ImageListFlags,
    CacheFlags,
    ChecksumFlags,
    Partial<Record<(typeof architectureOptions)[number], readonly string[]>> {
  readonly archive: readonly string[];
  readonly allowMissing?: boolean;
  readonly name: readonly string[];
  readonly repository?: string;
  readonly allowForeign?: boolean;
  readonly platformPolicy: PlatformPolicy;
  readonly imagePlatform: readonly string[];
  readonly fixConfig: FixConfig;
  readonly tempDir?: string;
  readonly maxInflated?: number;
}

/** The files that a command line names as archives, wherever it does. */
export function listArchiveFiles(files: readonly string[], flags: ArchiveFlags): string[] {
  const flagged = architectureOptions.flatMap((architecture) => flags[architecture] ?? []);
  return [...files, ...flags.archive.map((given) => given.replace(/^[^=]*=/, "")), ...flagged];
}

/** What names become in the registry. */
export interface NamingFlags {
  readonly rename: readonly string[];
  readonly prefix?: string;
  readonly keepHost?: boolean;
  readonly foldArch?: boolean;
}

/** What nodes need to pull what was loaded, for standard output. */
export interface MirrorFlags {
  readonly printRegistriesYaml?: boolean;
  readonly printHostsToml?: boolean;
  readonly printMirrors?: MirrorKindWord;
}

/** What standard output may get of a load. */
export const outputForms = ["table", "json", "digests"] as const;

/** The options of the main job as commander hands them over. */
export interface LoadFlags
  extends RegistryFlags, ArchiveFlags, NamingFlags, ArchTagsFlag, SignatureFlags, FormatFlags, MirrorFlags {
  readonly registry?: string;
  /** A folder instead of a registry. */
  readonly to?: string;
  readonly onExisting: OnExisting;
  readonly archTag: string;
  readonly dropAttestations?: boolean;
  readonly alwaysList?: boolean;
  readonly reuseLayers?: boolean;
  readonly layerCompression: LayerCompression;
  readonly compressionLevel?: number;
  readonly output: (typeof outputForms)[number];
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly offline?: boolean;
  readonly require: readonly string[];
  readonly strict?: boolean;
  readonly failedList?: string;
  readonly writeSpec?: string;
  readonly writeRegistriesYaml?: string;
  readonly report: readonly string[];
  readonly printConfig?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly progress: boolean;
}
