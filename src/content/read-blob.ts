import { createHash } from "node:crypto";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { digestAlgorithm, digestHex } from "../oci/digest.ts";
import { type ContentReader, maxMetadataSize } from "./repository.ts";

/**
 * A small blob whole, such as a config: the only way blobs come into memory.
 * Throws `BLOB_TOO_LARGE` above {@link maxMetadataSize}, `BLOB_MISMATCH` where the bytes are not those of the descriptor.
 */
export async function readBlob(
  repository: ContentReader,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const what = `blob "${descriptor.digest}" of "${repository.title}"`;
  if (descriptor.size > maxMetadataSize) {
    throw new AirgapError(
      "BLOB_TOO_LARGE",
      `Cannot read ${what}: ${descriptor.size} bytes, want at most ${maxMetadataSize}`,
      { exit: "protocol" },
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of repository.fetchBlob(descriptor, signal)) {
    size += chunk.length;
    if (size > descriptor.size) break;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const hex = createHash(digestAlgorithm(descriptor.digest)).update(bytes).digest("hex");
  if (size === descriptor.size && hex === digestHex(descriptor.digest)) return bytes;
  throw new AirgapError("BLOB_MISMATCH", `Cannot read ${what}: its bytes are not those of its digest`, {
    exit: "protocol",
  });
}
