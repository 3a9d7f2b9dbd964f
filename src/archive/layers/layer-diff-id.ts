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
 * Throws `DIFFID_MISMATCH`, `ARCHIVE_DAMAGED` for a compressed layer that cannot be read, or `ARCHIVE_UNSUPPORTED`.
 */
export function checkDiffID(entry: FileEntry, wanted: Digest, image: string): Digest {
  const found = diffIDOf(entry);
  if (found === wanted) return found;
  throw explainMismatch(entry, found, wanted, `Cannot read layer "${entry.name}" of image "${image}"`);
}

const again = "The archive was damaged on its way, or changed after it was written: copy or write it again.";

function explainMismatch(
  { size, format, damage }: FileEntry,
  found: Digest | undefined,
  wanted: Digest,
  what: string,
): AirgapError {
  if (format === "other" && damage !== undefined) {
    const hint = "Load it with docker, which reads such layers, and save it again.";
    return new AirgapError("ARCHIVE_UNSUPPORTED", `${what}: ${damage}`, { hint });
  }
  if (found === undefined) {
    const detail = (damage ?? "it is neither a tar nor a compressed tar").replace(/^Cannot/, "cannot");
    return new AirgapError("ARCHIVE_DAMAGED", `${what}: ${detail}`, { hint: again });
  }
  if (size === 0) {
    return new AirgapError(
      "DIFFID_MISMATCH",
      `${what}: it is empty, the image's config wants ${wanted}: its base was left out when the image was built`,
      {
        hint: "Copying the archive again does not help: pull the base image where the image is built (pack build --pull-policy always), build and save it again.",
      },
    );
  }
  return new AirgapError(
    "DIFFID_MISMATCH",
    `${what}: it holds ${found}, the image's config wants ${wanted}`,
    { hint: again },
  );
}

/** A layer may be empty, or hold something that no tar reader likes: then its bytes must be what was promised, no more. */
function diffIDOf(entry: FileEntry): Digest | undefined {
  if (entry.layer) return entry.layer.diffID;
  return entry.format === "tar" || entry.format === "other" ? entry.digest : undefined;
}
