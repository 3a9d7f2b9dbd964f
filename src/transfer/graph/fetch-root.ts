import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { Reference } from "../../oci/reference.ts";
import { findNearestTag } from "../../content/find-nearest-tag.ts";

/** What a name stands for in its repository: its digest where it has one, else its tag. Throws `IMAGE_NOT_FOUND`. */
export async function fetchRoot(
  repository: Repository,
  { tag = "latest", digest }: Pick<Reference, "tag" | "digest">,
  signal?: AbortSignal,
): Promise<Manifest | ImageIndex> {
  const title = `"${repository.title}${digest === undefined ? `:${tag}` : `@${digest}`}"`;
  const raw = await repository.fetchManifest(digest ?? tag, signal);
  if (raw) return parseManifest(raw.bytes, title, raw.descriptor.mediaType);
  const nearest = digest === undefined ? await findNearestTag(repository, tag, signal) : undefined;
  const there = nearest === undefined ? "" : `, the nearest tag is ${nearest}`;
  throw new AirgapError("IMAGE_NOT_FOUND", `Cannot read ${title}: it is not there${there}`, {
    exit: "noInput",
  });
}
