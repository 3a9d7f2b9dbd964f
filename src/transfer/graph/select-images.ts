import pLimit from "p-limit";
import { readBlob } from "../../content/read-blob.ts";
import type { ContentReader } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import { filterIndex, type ImageIndex, type Manifest } from "../../oci/manifest.ts";
import { isIndexType } from "../../oci/media-type.ts";
import { matchPlatforms } from "../../oci/match-platforms.ts";
import { comparePlatforms, formatPlatform, type Platform, unknownPlatform } from "../../oci/platform.ts";
import { attestationSubject, isAttestation } from "../../oci/attestation.ts";
import { fetchChild } from "./fetch-child.ts";

export interface SelectionOptions {
  /** None chooses all that there is. */
  readonly platforms: readonly Platform[];
  /** Whether the attestations of chosen images come with them. */
  readonly attestations: boolean;
  /** Whether an image that is alone in its list is taken out of it, as skopeo does; else the list stays as it is. */
  readonly unwrap?: boolean;
  /** Told of each platform that is wanted and not there, where another one is; without it that is thrown. */
  readonly onMissing?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** One image of a list, or the only one. */
export interface PlatformImage {
  readonly descriptor: Descriptor;
  readonly platform: Platform;
}

/** What is to be copied. */
export interface Selection {
  readonly root: Manifest | ImageIndex;
  /** Of a single image: as its list has it, else as its config says. */
  readonly platform?: Platform;
  /** What it was chosen from, where that is another one. */
  readonly whole?: ImageIndex;
}

/**
 * Chooses from a list: the list itself, byte for byte, where all its images are wanted; one image alone; or a list of those
 * that are, in which nothing else has changed. Throws `PLATFORM_MISSING`.
 */
export async function selectImages(
  root: Manifest | ImageIndex,
  source: ContentReader,
  options: SelectionOptions,
): Promise<Selection> {
  if (options.platforms.length === 0) return { root };
  const images = await listImages(root, source, options.signal);
  const wanted = options.platforms.flatMap((platform) => matchPlatforms(platform, images));
  const lacking = options.platforms.filter((platform) => matchPlatforms(platform, images).length === 0);
  for (const platform of lacking) {
    if (!options.onMissing || wanted.length === 0) throw platformMissing(source, platform, images);
    options.onMissing(`lacks ${formatPlatform(platform)}, has ${listOffered(images)}`);
  }
  const chosen = new Set(wanted.map(({ descriptor }) => descriptor.digest));
  const isAlone = options.unwrap === true && images.length === 1;
  if (
    root.kind === "manifest" ||
    (!isAlone && images.every(({ descriptor }) => chosen.has(descriptor.digest)))
  ) {
    return { root };
  }
  const selected = filterIndex(root, (child) => {
    const subject = attestationSubject(child);
    return chosen.has(child.digest) || (options.attestations && subject !== undefined && chosen.has(subject));
  });
  const [only, ...others] = selected.manifests;
  if (!only || others.length > 0) return { root: selected, whole: root };
  const image = await fetchChild(source, only, options.signal);
  return { root: image, whole: root, ...(wanted[0] ? { platform: wanted[0].platform } : {}) };
}

/** Of images whose list does not say their platform. */
const parallelReads = 6;

/** The images of an index, or the one that a manifest is, each with its platform: as listed, else as its config says. */
export async function listImages(
  root: Manifest | ImageIndex,
  source: ContentReader,
  signal?: AbortSignal,
): Promise<PlatformImage[]> {
  if (root.kind === "manifest") {
    return [{ descriptor: root.descriptor, platform: await readPlatform(root, source, signal) }];
  }
  const images = root.manifests.filter((child) => !isAttestation(child));
  return pLimit(parallelReads).map(images, async (descriptor) => {
    const platform = descriptor.platform ?? (await readChildPlatform(descriptor, source, signal));
    return { descriptor, platform };
  });
}

/** The one image of a selection, attestations ignored. Throws `SEVERAL_PLATFORMS`. */
export async function takeSingle(
  { root, platform, whole = root.kind === "index" ? root : undefined }: Selection,
  source: ContentReader,
  signal?: AbortSignal,
): Promise<Selection & { readonly root: Manifest; readonly platform: Platform }> {
  const from = whole ? { whole } : {};
  if (root.kind === "manifest" && platform) return { root, platform, ...from };
  const images = await listImages(root, source, signal);
  const [only, ...others] = images;
  if (only && others.length === 0) {
    const image = root.kind === "manifest" ? root : await fetchChild(source, only.descriptor, signal);
    if (image.kind === "manifest") return { root: image, platform: only.platform, ...from };
  }
  const platforms = images.map(({ platform }) => formatPlatform(platform)).join(", ");
  throw new AirgapError(
    "SEVERAL_PLATFORMS",
    `Cannot take one image from "${source.title}": it has ${platforms || "none"}`,
    { exit: "usage", hint: "Choose one with --platform." },
  );
}

async function readChildPlatform(
  descriptor: Descriptor,
  source: ContentReader,
  signal?: AbortSignal,
): Promise<Platform> {
  const child = isIndexType(descriptor.mediaType) ? undefined : await fetchChild(source, descriptor, signal);
  return child?.kind === "manifest" ? readPlatform(child, source, signal) : unknownPlatform;
}

async function readPlatform(
  manifest: Manifest,
  source: ContentReader,
  signal?: AbortSignal,
): Promise<Platform> {
  const title = `the config of "${source.title}@${manifest.descriptor.digest}"`;
  return parseImageConfig(await readBlob(source, manifest.config, signal), title).platform;
}

function platformMissing(
  source: ContentReader,
  wanted: Platform,
  images: readonly PlatformImage[],
): AirgapError {
  return new AirgapError(
    "PLATFORM_MISSING",
    `Cannot take ${formatPlatform(wanted)} from "${source.title}": it has ${listOffered(images)}`,
  );
}

function listOffered(images: readonly PlatformImage[]): string {
  const offered = images.map(({ platform }) => platform).sort(comparePlatforms);
  return offered.map(formatPlatform).join(", ");
}
