import type { Repository } from "../../content/repository.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { copyImage } from "../graph/copy-image.ts";
import { findReferrers } from "../graph/find-referrers.ts";
import { listUnderTag } from "../graph/list-under-tag.ts";
import type { UploadBlobOptions } from "../graph/upload-blob.ts";

/**
 * Copies what refers to an image and to each image that it lists: manifests with it as their subject, what refers to those
 * in turn, and cosign's tags. Gives how many manifests that were.
 */
export async function copyReferrers(
  root: Manifest | ImageIndex,
  source: Repository,
  target: Repository,
  options: UploadBlobOptions,
): Promise<number> {
  const children = root.kind === "index" ? root.manifests : [];
  const digests = [root.descriptor, ...children].map(({ digest }) => digest);
  let copied = 0;
  for await (const { subject, listed, tagged } of findReferrers(digests, source, options.signal)) {
    for (const manifest of listed) await copyImage(manifest, source, { repository: target }, options);
    if (listed.length > 0) await listUnderTag(subject, listed, target, options.signal);
    for (const { tag, manifest } of tagged) {
      await copyImage(manifest, source, { repository: target, tag }, options);
    }
    copied += listed.length + tagged.length;
  }
  return copied;
}
