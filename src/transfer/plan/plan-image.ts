import type { ErrorCode } from "../../oci/error-code.ts";
import type { SourceImage } from "../../content/image-source.ts";
import { shellWord } from "../../oci/shell-word.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import { rewriteConfigPlatform } from "../../oci/image-config.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { familiarReference, formatReference, type Reference } from "../../oci/reference.ts";
import { givesForeign, sayRemarks } from "./say-remarks.ts";
import type { GivenSource, PlannedImage } from "./planned-image.ts";
import { isImageIDOf } from "../../oci/image-id.ts";
import { type ReadNames, readNames } from "./read-names.ts";
import type { WantedNames } from "./wanted-names.ts";
import type { FixConfig, PlatformPolicy } from "../../content/option-words.ts";
import { settlePlatform } from "./witness/witness.ts";
import type { Notice } from "../../content/notice.ts";

export interface ImageOptions {
  readonly policy: PlatformPolicy;
  readonly fixConfig: FixConfig;
  /** `--image-platform`: by source name or image ID (a prefix of at least 12 hex digits). */
  readonly imagePlatforms: ReadonlyMap<string, Platform>;
  /** `--name`: image ID (or such a prefix) to name. */
  readonly names: ReadonlyMap<string, string>;
}

export type ImagePlan =
  | {
      readonly kind: "planned";
      readonly image: PlannedImage;
      readonly warnings: readonly Notice[];
      /** What its binaries are for, where machines of its platform merely run them as well. */
      readonly runsAs: Platform | undefined;
    }
  | { readonly kind: "unnamed"; readonly warnings: readonly Notice[] }
  | { readonly kind: "unwanted" }
  | { readonly kind: "problem"; readonly problem: PlanProblem };

/** A reason not to publish anything; all of them are reported at once. */
export interface PlanProblem {
  readonly code: ErrorCode;
  readonly exit: "content" | "usage";
  readonly text: string;
  /** Those that it holds for, where they are several. */
  readonly names?: readonly string[];
  /** What the binaries are for, where the operator has said something else. */
  readonly found?: Platform | undefined;
  /** An option to paste that settles it. */
  readonly remedy?: string;
  /** The same for what has one name with other problems of its kind, which the option for that name would settle alike. */
  readonly shared?: { readonly name: string; readonly remedy: string };
}

/**
 * Names and platform of one image, and whether its config needs repair. Where there is an image list, an image
 * that has none of its names is not looked at.
 */
export function planImage(
  given: GivenSource,
  image: SourceImage,
  options: ImageOptions,
  wanted?: WantedNames,
): ImagePlan {
  const named = readNames(namesOf(image, options), wanted, digestsOf(image));
  const { references } = named;
  const [first] = references;
  if (!first && (wanted || named.unreadable.length > 0)) return { kind: "unwanted" };
  if (!first) return { kind: "unnamed", warnings: [sayUnnamed(given, image, named)] };
  const title = familiarReference(first);
  const { settled, problem } = settle(given, image, { title, references }, options);
  if (!settled) return { kind: "problem", problem };
  const config = settled.fixConfig ? rewriteConfigPlatform(image.config, settled.platform) : image.config;
  const keepsManifest = image.manifest !== undefined && !settled.fixConfig && !givesForeign(image);
  const planned = {
    given,
    sourceImage: image,
    platform: settled.platform,
    config,
    keepsManifest,
    references,
  };
  const warnings = [...sayFindings(planned, title, settled), ...sayRemarks(planned, title)];
  return { kind: "planned", image: planned, warnings, runsAs: settled.runsAs };
}

export type Settled = Extract<ReturnType<typeof settlePlatform>, { kind: "settled" }>;

/** A name given with `--image-platform` settles only what is unsettled without it, since all architectures share the name. */
function settle(
  given: GivenSource,
  image: SourceImage,
  { title, references }: { readonly title: string; readonly references: readonly Reference[] },
  options: ImageOptions,
): { settled: Settled; problem?: never } | { settled?: never; problem: PlanProblem } {
  const base = {
    policy: options.policy,
    fixConfig: options.fixConfig,
    ...(given.flag ? { flag: given.flag } : {}),
  };
  const byID = findByID(options.imagePlatforms, image);
  const verdict = settlePlatform(image, byID ? { ...base, override: byID } : base);
  if (verdict.kind === "settled") return { settled: verdict };
  const byName = references
    .map((reference) => options.imagePlatforms.get(formatReference(reference)))
    .find((platform) => platform !== undefined);
  if (byName) {
    const overridden = settlePlatform(image, { ...base, override: byName });
    if (overridden.kind === "settled") return { settled: overridden };
  }
  const suggestion = verdict.suggestion ?? { os: "linux", architecture: "ARCHITECTURE" };
  const option = (key: string): string =>
    `--image-platform ${shellWord(`${key}=${formatPlatform(suggestion)}`)}`;
  return {
    problem: {
      code: "PLATFORM_UNSETTLED",
      exit: "content",
      text: `${title} in ${given.source.title}: ${verdict.reason}`,
      found: verdict.suggestion,
      remedy: option(title),
      shared: { name: title, remedy: option(shortDigest(image.config.digest)) },
    },
  };
}

/** Its own, unless `--name` gives another. */
export function namesOf(image: SourceImage, { names }: ImageOptions): readonly string[] {
  const name = findByID(names, image);
  return name === undefined ? image.names : [name];
}

function findByID<T>(table: ReadonlyMap<string, T>, image: SourceImage): T | undefined {
  for (const [key, value] of table) if (isImageIDOf(key, image.config.digest)) return value;
  return undefined;
}

/** By which names and image lists may know an image: its own, and those of the lists that it is of. */
export function digestsOf({ manifest, index, whole }: SourceImage): Digest[] {
  return [manifest, index?.manifest, whole?.manifest].flatMap((own) => own?.descriptor.digest ?? []);
}

/** What is known of an image that has no name, and the option that gives it one. */
function sayUnnamed(
  { source }: GivenSource,
  { config, tags = [] }: SourceImage,
  { repositories: [repository] }: ReadNames,
): Notice {
  const id = shortDigest(config.digest);
  const image = `skipped image ${id} in ${source.title}`;
  const option = (name: string): string => `--name ${shellWord(`${id}=${name}`)}`;
  const [tag] = tags;
  let text = `${image}, which has no name: name it with ${option("NAME")}`;
  if (tag !== undefined) {
    text = `${image}, which has only the tag ${tag}: name it with ${option(`NAME:${tag}`)}, or all tags of the archive with --repository NAME`;
  }
  if (repository) {
    text = `${image}, which has a digest and no tag in ${formatReference(repository)}: name it with ${option(`${repository.host}/${repository.repository}:TAG`)}`;
  }
  return { severity: "warning", text };
}

/** What was odd about a settled image, and what was done about it. */
export function sayFindings(planned: PlannedImage, title: string, settled: Settled): Notice[] {
  if (settled.findings.length === 0) return [];
  const done = settled.contested
    ? `: published as ${formatPlatform(planned.platform)}${sayConfig(planned)}`
    : "";
  return [
    {
      severity: settled.contested ? "warning" : "note",
      subject: `${title} ${formatPlatform(planned.platform)}`,
      text: `${settled.findings.join("; ")}${done}`,
    },
  ];
}

function sayConfig({ config, sourceImage: image, platform }: PlannedImage): string {
  if (config !== image.config) {
    return `, config repaired, image ID ${shortDigest(image.config.digest)} becomes ${shortDigest(config.digest)}`;
  }
  if (image.config.platform.architecture === platform.architecture) return "";
  const why = image.manifest ? " because its manifest goes up byte for byte" : "";
  return `, config left as it is${why}; containerd 2.2 and CRI-O refuse such an image, --fix-config always repairs it`;
}
