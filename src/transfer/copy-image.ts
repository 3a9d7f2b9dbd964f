import type { ContentReader, Repository } from "../content/repository.ts";
import type { ImageIndex, Manifest } from "../oci/manifest.ts";
import type { Digest } from "../oci/digest.ts";
import { copyGraph } from "./copy-graph.ts";
import { publishManifest } from "./publish-manifest.ts";
import type { UploadOptions } from "./upload-image.ts";

export interface CopyOptions extends UploadOptions {
  /** Copies the manifest or index alone: all that it names is there already, or the target refuses it. */
  readonly indexOnly?: boolean;
}

export interface CopiedImage {
  readonly digest: Digest;
  /** What the tag named before, where that was something else. */
  readonly previous?: Digest;
}

/**
 * Copies an image, or a list with all its images, moves a tag to it last, and reads that back. Without a tag it goes under
 * its digest.
 */
export async function copyImage(
  root: Manifest | ImageIndex,
  source: ContentReader,
  { repository, tag }: { readonly repository: Repository; readonly tag?: string },
  options: CopyOptions,
): Promise<CopiedImage> {
  const { digest } = root.descriptor;
  if (!options.indexOnly) await copyGraph(root, source, repository, options);
  const previous = await publishManifest(repository, tag ?? digest, root, options);
  return { digest, ...(previous ? { previous } : {}) };
}
