import type { Repository } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Platform, spellPlatform, unknownPlatform } from "../../oci/platform.ts";
import type { Reference } from "../../oci/reference.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { fetchRoot } from "../graph/fetch-root.ts";
import { listImages } from "../graph/select-images.ts";

/** An image that a list made by hand is to have. */
export interface DraftEntry {
  /** What the operator named it by. */
  readonly image: Reference;
  /** What that name stood for then: the image itself, or a list that has it. */
  readonly root: Digest;
  /** With the platform that it is to be listed for. */
  readonly descriptor: Descriptor;
}

/** The platform that an entry is to be listed for. */
export function platformOf({ descriptor }: DraftEntry): Platform {
  return descriptor.platform ?? unknownPlatform;
}

/** What a name brings to a list: one image, or those of a list with their attestations. Throws `IMAGE_NOT_FOUND`. */
export async function draftEntries(
  image: Reference,
  repository: Repository,
  signal: AbortSignal,
): Promise<DraftEntry[]> {
  const root = await fetchRoot(repository, image, signal);
  const { digest } = root.descriptor;
  const images = await listImages(root, repository, signal);
  const attestations = root.kind === "index" ? root.manifests.filter(isAttestation) : [];
  return [
    ...images.map(({ descriptor, platform }) => ({
      image,
      root: digest,
      descriptor: { ...descriptor, platform: spellPlatform(platform) },
    })),
    ...attestations.map((descriptor) => ({ image, root: digest, descriptor })),
  ];
}
