import { createHash } from "node:crypto";
import { sha256Digest } from "../../oci/digest.ts";
import type { CompressedForm } from "../index/archive-index.ts";
import { compressChunks, type CompressionOptions } from "./compress-chunks.ts";
import type { RoomShare } from "./spool-room.ts";
import { createSpoolFile } from "./spool-file.ts";

/** Of what is compressed, as far as the room for it is checked beforehand: binaries come to a little more. */
export const expectedRatio: number = 1 / 3;

/**
 * Compresses a layer of `size` bytes into a new file of the spool in `directory`, which takes its room from `share`. Throws
 * like {@link compressChunks} and the spool.
 */
export async function compressToSpool(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  directory: string,
  options: CompressionOptions,
  share?: Pick<RoomShare, "grow">,
): Promise<CompressedForm> {
  const file = createSpoolFile(directory, Math.ceil(size * expectedRatio));
  const hash = createHash("sha256");
  let written = 0;
  try {
    for await (const chunk of compressChunks(chunks, { ...options, reuseBuffers: true })) {
      hash.update(chunk);
      await share?.grow(chunk.length);
      file.write(chunk);
      written += chunk.length;
    }
  } finally {
    file.close();
  }
  return {
    compression: options.compression,
    digest: sha256Digest(hash.digest("hex")),
    size: written,
    from: { kind: "spool", path: file.path },
  };
}
