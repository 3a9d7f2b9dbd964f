import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Family, familyOf } from "../../oci/media-type.ts";
import type { RawManifest } from "../../oci/manifest.ts";

/** A registry's refusal of a manifest for its media types and for nothing else. */
export class FamilyRefused extends AirgapError {
  /** The family that the refused manifest is of. */
  readonly family: Family;
  readonly manifest: RawManifest;

  constructor(error: AirgapError, manifest: RawManifest) {
    super(error.code, error.message, { exit: error.exit, hint: error.hint, cause: error });
    this.family = familyOf(manifest.descriptor.mediaType);
    this.manifest = manifest;
  }
}

/** Puts a manifest into a repository; throws `FamilyRefused` where it is refused for its media types. */
export async function pushInFamily(
  repository: Repository,
  reference: string,
  manifest: RawManifest,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await repository.pushManifest(reference, manifest, signal);
  } catch (error) {
    if (error instanceof AirgapError && error.code === "MEDIA_TYPE_REFUSED") {
      throw new FamilyRefused(error, manifest);
    }
    throw error;
  }
}
