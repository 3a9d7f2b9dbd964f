import type { ImageSource, NamedArtifact, SourceArtifact, SourceImage } from "../../content/image-source.ts";
import type { ContentReader } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { shortDigest } from "../../oci/digest.ts";
import { rewriteConfigPlatform } from "../../oci/image-config.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { printable } from "../../oci/printable.ts";
import { nameKey } from "../../oci/reference.ts";
import { GatheredContent } from "./gathered-content.ts";
import { buildList, type ListEntry, mergeEntries } from "../load/merge-list.ts";
import { sayFindings } from "../plan/plan-image.ts";
import type { PlannedImage } from "../plan/planned-image.ts";
import { manifestOf, requiredFamily, uploadImage, type UploadOptions } from "../load/upload-image.ts";
import { uploadBlob } from "../graph/upload-blob.ts";
import { settlePlatform } from "../plan/witness/witness.ts";
import type { Notice } from "../../content/notice.ts";

/** An image of an archive as a registry would have it. */
export interface ReadImage {
  readonly root: Manifest | ImageIndex;
  readonly content: ContentReader;
  /** Whether the root is a list that was made here. */
  readonly isMade: boolean;
  /** As written in the archive; none for an image saved by ID. */
  readonly names: readonly string[];
  readonly warnings: readonly Notice[];
}

/**
 * Finds an image in an archive by name, or the only one. Its root is its own index where the archive has all of it, else its
 * own manifest; what lacks is made as for a load: plain layers are compressed and a config that lies is repaired
 * (decisions 4 and 5), or exchanged for what `reuse` finds. An artifact comes as it is. Throws `IMAGE_NOT_FOUND` or `PLATFORM_UNSETTLED`.
 */
export async function readSource(
  source: ImageSource,
  name: string | undefined,
  signal: AbortSignal,
  reuse?: UploadOptions["reuse"],
): Promise<ReadImage> {
  const content = new GatheredContent(source.title);
  const options: UploadOptions = { onEvent: () => undefined, signal, ...(reuse ? { reuse } : {}) };
  const artifact = findArtifact(source, name);
  if (artifact) {
    await gatherArtifact(artifact, content, options);
    return { root: artifact.manifest, content, isMade: false, names: artifact.names, warnings: [] };
  }
  const images = findImages(source, name);
  const planned = images.map((image) => planAlone(source, image, images.length > 1));
  const entries = await Promise.all(planned.map(({ image }) => gatherImage(image, content, options)));
  const [index] = images.flatMap((image) => (image.index?.complete ? image.index : []));
  for (const attestation of index?.attestations ?? []) await gatherArtifact(attestation, content, options);
  const [only, ...others] = entries;
  const own = only && others.length === 0 ? only.manifest : buildList(mergeEntries([], entries));
  return {
    root: index?.manifest ?? own,
    content,
    isMade: !index && others.length > 0,
    names: images[0]?.names ?? [],
    warnings: planned.flatMap(({ warnings }) => warnings),
  };
}

/** A chart or another manifest that is no image: of that name, or the only thing that there is. */
function findArtifact(
  { images, artifacts }: ImageSource,
  name: string | undefined,
): NamedArtifact | undefined {
  const [only, ...others] = artifacts;
  if (name === undefined) return images.length === 0 && others.length === 0 ? only : undefined;
  return artifacts.find(({ names }) => names.some((own) => isSameName(own, name)));
}

async function gatherArtifact(
  { manifest, blobs }: SourceArtifact,
  content: GatheredContent,
  options: UploadOptions,
): Promise<void> {
  for (const blob of blobs) await uploadBlob(blob, content, options);
  await content.pushManifest(manifest.descriptor.digest, manifest);
}

async function gatherImage(
  image: PlannedImage,
  content: GatheredContent,
  options: UploadOptions,
): Promise<ListEntry & { readonly manifest: Manifest }> {
  const uploaded = await uploadImage(image, content, options);
  const manifest = manifestOf(image, uploaded, requiredFamily(image, uploaded) ?? "docker");
  await content.pushManifest(manifest.descriptor.digest, manifest);
  return { manifest, descriptor: manifest.descriptor, platform: image.platform };
}

function findImages(
  { title, images, faults }: ImageSource,
  name: string | undefined,
): readonly SourceImage[] {
  const wanted = name ?? images[0]?.names[0] ?? faults[0]?.names[0];
  const fault = faults.find(
    ({ names }) => wanted === undefined || names.some((own) => isSameName(own, wanted)),
  );
  if (fault) throw fault.error;
  const found = images.filter(
    ({ names, tags = [] }) =>
      wanted === undefined || tags.includes(wanted) || names.some((own) => isSameName(own, wanted)),
  );
  if (found.length > 0 && (name !== undefined || found.length === images.length)) return found;
  const names = [...new Set(images.flatMap((image) => image.names))].join(", ");
  const which = name === undefined ? "want the name of one image" : `it has no image "${printable(name)}"`;
  const has = names ? `it has ${printable(names, 2000)}` : "its images have no names";
  throw new AirgapError("IMAGE_NOT_FOUND", `Cannot choose an image of "${title}": ${which}, ${has}`, {
    exit: name === undefined ? "usage" : "content",
    hint: "Name one: docker-archive:FILE:NAME, or oci-archive:FILE:NAME.",
  });
}

/** `busybox` is docker.io/library/busybox:latest; what is no name is compared as it is written. */
function isSameName(one: string, other: string): boolean {
  return nameKey(one) === nameKey(other);
}

/** An image that is alone under its name needs no platform. */
function planAlone(
  source: ImageSource,
  image: SourceImage,
  isListed: boolean,
): { image: PlannedImage; warnings: readonly Notice[] } {
  const base = { given: { source }, sourceImage: image, references: [] };
  const verdict = settlePlatform(image, { policy: "verify", fixConfig: "auto" });
  if (verdict.kind === "settled") {
    const { platform, fixConfig } = verdict;
    const config = fixConfig ? rewriteConfigPlatform(image.config, platform) : image.config;
    const planned = { ...base, platform, config, keepsManifest: !fixConfig };
    const title = image.names[0] ?? shortDigest(image.config.digest);
    return { image: planned, warnings: fixConfig ? sayFindings(planned, title, verdict) : [] };
  }
  if (!isListed) {
    const { config } = image;
    return { image: { ...base, platform: config.platform, config, keepsManifest: true }, warnings: [] };
  }
  throw new AirgapError(
    "PLATFORM_UNSETTLED",
    `Cannot list the images of "${source.title}": ${verdict.reason}`,
  );
}
