import type { ContentReader, Repository } from "../../content/repository.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import type { Digest } from "../../oci/digest.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { copyGraph } from "./copy-graph.ts";
import { tellBrought } from "../report/tell-brought.ts";
import { titleTarget } from "../report/target-name.ts";
import { publishManifest } from "./publish-manifest.ts";
import type { ArchTags } from "../../content/option-words.ts";
import { tagListed } from "./tag-listed.ts";
import type { UploadBlobOptions } from "./upload-blob.ts";

export interface CopyOptions extends UploadBlobOptions {
  /** Copies the manifest or index alone: what it lists must be there already. */
  readonly indexOnly?: boolean;
  /** When the images of a list get tags of their own, default `auto`. */
  readonly archTags?: ArchTags;
}

export interface CopiedImage {
  readonly digest: Digest;
  /** What the tag named before, where that was something else. */
  readonly previous?: Digest;
}

/**
 * Copies an image, or a list with all its images, moves a tag to it last, and reads that back. Without a tag it goes under
 * its digest. Throws `LIST_INCOMPLETE` for an index alone whose images are not there.
 */
export async function copyImage(
  root: Manifest | ImageIndex,
  source: ContentReader,
  { repository, tag }: { readonly repository: Repository; readonly tag?: string },
  options: CopyOptions,
): Promise<CopiedImage> {
  const { digest } = root.descriptor;
  const image = titleTarget(repository.title, tag ?? digest);
  if (options.indexOnly) await checkListed(root, repository, options.signal);
  else {
    await tellBrought(image, options.onEvent, () =>
      copyGraph(root, source, repository, { ...options, image }),
    );
  }
  const previous = await publishManifest(repository, tag ?? digest, root, options);
  if (tag !== undefined) {
    await tagListed({ repository, tag, root, previous }, options.archTags ?? "auto", options.signal);
  }
  return { digest, ...(previous ? { previous } : {}) };
}

async function checkListed(
  root: Manifest | ImageIndex,
  repository: Repository,
  signal?: AbortSignal,
): Promise<void> {
  for (const { digest } of root.kind === "index" ? root.manifests : []) {
    if (await repository.resolve(digest, signal)) continue;
    throw new AirgapError(
      "LIST_INCOMPLETE",
      `Cannot copy a list alone to "${repository.title}": its image ${digest} is not there`,
      { hint: "Leave --index-only out: then the images come with it." },
    );
  }
}
