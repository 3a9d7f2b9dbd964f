import { createHash } from "node:crypto";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { digestAlgorithm, digestHex } from "../oci/digest.ts";

/**
 * Passes a blob's bytes on, hashed and counted. The last piece is held back until the whole is known to be what the
 * descriptor says: whoever reads on never has the end of a wrong blob. Only after a last piece is more asked for while it
 * is still in use. Throws `BLOB_MISMATCH`.
 */
export async function* checkBytes(
  descriptor: Descriptor,
  chunks: AsyncIterable<Uint8Array>,
  action: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash(digestAlgorithm(descriptor.digest));
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    size += chunk.length;
    if (size > descriptor.size) break;
    hash.update(chunk);
    if (size < descriptor.size) yield chunk;
    else held = chunk;
  }
  if (size !== descriptor.size) {
    const found = size > descriptor.size ? "more" : String(size);
    throw mismatch(action, `want ${descriptor.size} bytes, got ${found}`);
  }
  const hex = hash.digest("hex");
  if (hex !== digestHex(descriptor.digest)) {
    throw mismatch(action, `its bytes have the digest ${digestAlgorithm(descriptor.digest)}:${hex}`);
  }
  if (held) yield held;
}

function mismatch(action: string, detail: string): AirgapError {
  return new AirgapError("BLOB_MISMATCH", `Cannot ${action}: ${detail}`, {
    hint: "The source is damaged or has changed while it was read: get it again.",
  });
}
