import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import { printable } from "../../oci/printable.ts";
import type { FileEntry } from "../index/archive-index.ts";

/** Each layer with the diffID that the image's config has for it; throws `ARCHIVE_INVALID` where their numbers differ. */
export function pairDiffIDs<T>(
  layers: readonly T[],
  config: ImageConfig,
  image: string,
): [layer: T, diffID: Digest][] {
  const { diffIDs } = config;
  if (layers.length !== diffIDs.length) {
    throw new AirgapError(
      "ARCHIVE_INVALID",
      `Cannot read image "${printable(image)}": its manifest lists ${layers.length} layers, its config ${diffIDs.length}`,
    );
  }
  return diffIDs.flatMap((diffID, i) => layers.slice(i, i + 1).map((layer): [T, Digest] => [layer, diffID]));
}

/**
 * The diffID of a layer, once it is known to be the one that the image's config wants (image-spec, config.md#layer-diffid).
 * Throws `DIFFID_MISMATCH`, or `ARCHIVE_DAMAGED` for a compressed layer that cannot be read.
 */
export function checkDiffID(entry: FileEntry, wanted: Digest, image: string): Digest {
  const found = diffIDOf(entry);
  if (found === wanted) return found;
  const layer = `layer "${printable(entry.name)}" of image "${printable(image)}"`;
  const hint = "The archive was damaged on its way, or changed after it was written: copy or write it again.";
  if (found === undefined) {
    const detail = printable(entry.damage ?? "it is neither a tar nor a compressed tar").replace(
      /^Cannot/,
      "cannot",
    );
    throw new AirgapError("ARCHIVE_DAMAGED", `Cannot read ${layer}: ${detail}`, { hint });
  }
  throw new AirgapError(
    "DIFFID_MISMATCH",
    `Cannot read ${layer}: it holds ${found}, the image's config wants ${wanted}`,
    {
      hint,
    },
  );
}

/** A layer may be empty, or hold something that no tar reader likes: then its bytes must be what was promised, no more. */
function diffIDOf(entry: FileEntry): Digest | undefined {
  if (entry.layer) return entry.layer.diffID;
  return entry.format === "tar" || entry.format === "other" ? entry.digest : undefined;
}
