import type { OnNotice } from "../../content/notice.ts";
import type { ManifestFormat } from "../../content/option-words.ts";
import type { ContentReader, Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isAttestation } from "../../oci/attestation.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { type Family, familyOf, otherFamily } from "../../oci/media-type.ts";
import { type Conversion, convertGraph, readConverted } from "../format/convert-graph.ts";
import { FamilyRefused } from "../format/family-refused.ts";
import { checkMayChange, type ConversionPurpose, sayConverted, type WhyKept } from "../format/kept-digest.ts";
import { type CopiedImage, copyImage, type CopyOptions } from "../graph/copy-image.ts";
import { fetchChild } from "../graph/fetch-child.ts";
import { findReferrers } from "../graph/find-referrers.ts";

/** Which family of media types an image is to have, and what holds it to its digest. */
export interface FormatOptions {
  /** `auto` keeps the image as it is, unless the registry refuses its media types. */
  readonly format: ManifestFormat;
  /** Why no digest may change, where something says so. */
  readonly held: string | undefined;
  /** The digest that it is asked for by, where it is. */
  readonly pinned?: Digest | undefined;
  /** The list that it was chosen from, whose digest goes with its own. */
  readonly chosenFrom?: Digest | undefined;
  /** Where what refers to it is found, if that is to come along. */
  readonly referrers?: Repository | undefined;
  /** What it is, for people. */
  readonly subject: string;
  readonly onNotice: OnNotice;
  readonly signal?: AbortSignal | undefined;
}

/** An image with where its parts are read from. */
export interface ReadableImage {
  readonly root: Manifest | ImageIndex;
  readonly content: ContentReader;
}

/** The image in the family that the operator asks for. Throws `DIGEST_NOT_KEPT`. */
export async function convertAsked(image: ReadableImage, options: FormatOptions): Promise<ReadableImage> {
  const { format } = options;
  return format === "auto" ? image : convertImage(image, { title: options.subject, family: format }, options);
}

/**
 * Copies an image as it is, and converts it once where the registry refuses its media types and nothing else. Throws the first
 * refusal where the other family is refused as well, or the image has no form in it, and `DIGEST_NOT_KEPT`.
 */
export async function copyInFamily(
  image: ReadableImage,
  target: { readonly repository: Repository; readonly tag?: string },
  options: CopyOptions,
  format: FormatOptions,
): Promise<CopiedImage> {
  try {
    return await copyImage(image.root, image.content, target, options);
  } catch (refusal) {
    if (!(refusal instanceof FamilyRefused) || format.format !== "auto") throw refusal;
    await checkIsFamily(refusal, image, target.repository, options);
    const pinned = target.tag === undefined ? image.root.descriptor.digest : format.pinned;
    const purpose = { title: format.subject, family: otherFamily(refusal.family), refusal };
    const { root, content } = await convertImage(image, purpose, { ...format, pinned });
    if (root === image.root) throw refusal;
    try {
      return await copyImage(root, content, target, options);
    } catch (error) {
      throw error instanceof FamilyRefused ? refusal : error;
    }
  }
}

/**
 * What a copy would leave under a tag: where the registry has what a conversion of the image gives, it has refused the image
 * itself, and will again.
 */
export async function foresee(
  image: ReadableImage,
  there: Digest | undefined,
  signal?: AbortSignal,
): Promise<CopiedImage> {
  const { digest, mediaType } = image.root.descriptor;
  if (there === undefined || there === digest) return { digest };
  const { root } = await convert(image, otherFamily(familyOf(mediaType)), signal);
  return { digest: root.descriptor.digest === there ? there : digest };
}

/** A registry that takes the images of a list refuses not their family, but what attestations are. */
async function checkIsFamily(
  refusal: FamilyRefused,
  { root, content }: ReadableImage,
  repository: Repository,
  options: CopyOptions,
): Promise<void> {
  const refused = root.kind === "index" && root.manifests.find(({ digest }) => isOf(refusal, digest));
  const first = refused && isAttestation(refused) && root.manifests.find((child) => !isAttestation(child));
  if (!first) return;
  try {
    await copyImage(await fetchChild(content, first, options.signal), content, { repository }, options);
  } catch (error) {
    if (error instanceof FamilyRefused) return;
    throw error;
  }
  throw new AirgapError("ATTESTATION_REFUSED", refusal.message, {
    exit: refusal.exit,
    hint: "The registry takes the images, and no attestations: --platform leaves those behind.",
    cause: refusal,
  });
}

function isOf({ manifest }: FamilyRefused, digest: Digest): boolean {
  return manifest.descriptor.digest === digest;
}

async function convertImage(
  image: ReadableImage,
  purpose: ConversionPurpose,
  options: FormatOptions,
): Promise<ReadableImage> {
  const { onNotice, subject, chosenFrom } = options;
  const conversion = await convert(image, purpose.family, options.signal);
  const { root, changed, leftBehind } = conversion;
  if (root === image.root) return image;
  const { digest } = image.root.descriptor;
  const lost = new Set([digest, ...changed.keys(), ...(chosenFrom ? [chosenFrom] : [])]);
  await checkMayChange(lost, purpose, whyKept(options));
  const change = { from: digest, to: root.descriptor.digest };
  onNotice({ subject, ...sayConverted(purpose, change, leftBehind) });
  return { root, content: readConverted(image.content, conversion) };
}

function convert(
  { root, content }: ReadableImage,
  family: Family,
  signal?: AbortSignal,
): Promise<Conversion> {
  return convertGraph(root, family, (child) => fetchChild(content, child, signal));
}

function whyKept({ held, pinned, referrers, signal }: FormatOptions): WhyKept {
  return async (digest) => {
    if (held !== undefined) return held;
    if (digest === pinned) return "it is asked for by it";
    if (!referrers) return undefined;
    for await (const { listed, tagged } of findReferrers([digest], referrers, signal)) {
      const [tag] = tagged.map((referrer) => referrer.tag);
      return `${tag ?? listed[0]?.descriptor.digest} refers to it`;
    }
    return undefined;
  };
}
