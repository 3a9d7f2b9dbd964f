import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { type Platform, formatPlatform } from "../../oci/platform.ts";
import type { ContentStorage } from "../../storage/content-storage.ts";

/** What the page shows of a tag. */
export interface TagSummary {
  readonly tag: string;
  readonly digest: Digest;
  /** Digests of what a list names; none for a single image. */
  readonly children: readonly Digest[];
  /** Sizes in bytes as pulled, by platform: `linux/arm64`; empty for what is no image. */
  readonly platforms: ReadonlyMap<string, number>;
  /** Bytes of all that it names, each counted once. */
  readonly size: number;
  /** When it was put on that. */
  readonly pushedAt: Date | undefined;
}

const maxConfigSize = 1024 * 1024;

/** Reads what a tag is on, or undefined where it cannot be read: the page shows the rest. */
export async function summarizeTag(
  storage: ContentStorage,
  repository: string,
  tag: string,
): Promise<TagSummary | undefined> {
  try {
    const manifest = await readManifest(storage, repository, tag);
    if (!manifest) return undefined;
    const images = await readImages(storage, repository, manifest);
    const platforms = images.map(({ platform, parts }) => [platform, sumSizes(parts)] as const);
    return {
      tag,
      digest: manifest.descriptor.digest,
      children: manifest.kind === "index" ? manifest.manifests.map(({ digest }) => digest) : [],
      platforms: new Map(platforms.filter(([platform]) => platform !== "")),
      pushedAt: await storage.readTagTime(repository, tag),
      size: sumSizes(images.flatMap(({ parts }) => parts)),
    };
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}

async function readManifest(
  storage: ContentStorage,
  repository: string,
  reference: string,
): Promise<Manifest | ImageIndex | undefined> {
  const raw = await storage.readManifest(repository, reference);
  return raw && parseManifest(raw.bytes, `manifest "${reference}"`, raw.descriptor.mediaType);
}

interface ImageParts {
  /** Empty where it is no image for a machine, as attestations are not. */
  readonly platform: string;
  readonly parts: readonly Descriptor[];
}

async function readImages(
  storage: ContentStorage,
  repository: string,
  manifest: Manifest | ImageIndex,
): Promise<readonly ImageParts[]> {
  if (manifest.kind === "manifest") {
    return [{ platform: await readPlatform(storage, repository, manifest), parts: partsOf(manifest) }];
  }
  const images: ImageParts[] = [];
  for (const child of manifest.manifests) {
    const found = await readManifest(storage, repository, child.digest);
    if (found?.kind === "manifest") {
      images.push({ platform: namePlatform(child.platform), parts: partsOf(found) });
    }
  }
  return images;
}

function partsOf({ descriptor, config, layers }: Manifest): readonly Descriptor[] {
  return [descriptor, config, ...layers];
}

function namePlatform(platform: Platform | undefined): string {
  return !platform || platform.os === "unknown" || platform.os === "" ? "" : formatPlatform(platform);
}

/** What a single image's config says, where it has one that is small enough to look into. */
async function readPlatform(
  storage: ContentStorage,
  repository: string,
  { config }: Manifest,
): Promise<string> {
  const size = await storage.statBlob(repository, config.digest);
  if (size === undefined || size > maxConfigSize) return "";
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.readBlob(config.digest)) chunks.push(chunk);
  try {
    return namePlatform(parseImageConfig(Buffer.concat(chunks), "the config").platform);
  } catch (error) {
    if (error instanceof AirgapError) return "";
    throw error;
  }
}

function sumSizes(parts: readonly Descriptor[]): number {
  const sizes = new Map(parts.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
