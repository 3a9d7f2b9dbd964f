import type { Repository } from "../../content/repository.ts";
import { attestationSubject } from "../../oci/attestation.ts";
import { copyImage } from "../graph/copy-image.ts";
import { fetchChild } from "../graph/fetch-child.ts";
import type { Selection } from "../graph/select-images.ts";
import type { UploadBlobOptions } from "../graph/upload-blob.ts";

/**
 * Brings the list that images were chosen from, and what attests them: archives that have all its images together have all
 * of it, so that it can be published under its own digest.
 */
export async function gatherAttestations(
  { root, whole }: Selection,
  source: Repository,
  target: Repository,
  options: UploadBlobOptions,
): Promise<void> {
  if (!whole) return;
  const images = root.kind === "index" ? root.manifests : [root.descriptor];
  const chosen = new Set(images.map(({ digest }) => digest));
  for (const child of whole.manifests) {
    const subject = attestationSubject(child);
    if (subject === undefined || (subject !== child.digest && !chosen.has(subject))) continue;
    const attestation = await fetchChild(source, child, options.signal);
    await copyImage(attestation, source, { repository: target }, options);
  }
  await target.pushManifest(whole.descriptor.digest, whole, options.signal);
}
