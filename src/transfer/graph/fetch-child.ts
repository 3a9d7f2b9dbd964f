import type { ContentReader } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";

/** A manifest that another one names. Throws `MANIFEST_UNKNOWN` where it is not there, and what {@link parseManifest} throws. */
export async function fetchChild(
  source: ContentReader,
  { digest, mediaType }: Descriptor,
  signal?: AbortSignal,
): Promise<Manifest | ImageIndex> {
  const title = `"${source.title}@${digest}"`;
  const raw = await source.fetchManifest(digest, signal);
  if (raw) return parseManifest(raw.bytes, title, mediaType || raw.descriptor.mediaType);
  throw new AirgapError("MANIFEST_UNKNOWN", `Cannot read ${title}: it is not there`, {
    hint: "The list names an image that its registry does not have: choose others with --platform.",
  });
}
