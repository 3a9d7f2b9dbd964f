import { brotliDecompressSync, unzipSync } from "node:zlib";
import { AirgapError } from "../../oci/airgap-error.ts";
import { headerOf, type RegistryResponse } from "./transport.ts";

/** A body that is small by nature, whole; throws `RESPONSE_TOO_LARGE` beyond `limit` bytes. */
export async function readAnswer(
  response: RegistryResponse,
  limit: number,
  action: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, complete } = await readUpTo(response, limit);
  if (complete) return decode(bytes, headerOf(response, "content-encoding"), limit, action);
  throw new AirgapError("RESPONSE_TOO_LARGE", `Cannot ${action}: the answer is longer than ${limit} bytes`, {
    exit: "protocol",
  });
}

/** Proxies compress what is text to them, asked for or not. */
function decode(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: string | undefined,
  limit: number,
  action: string,
): Uint8Array<ArrayBuffer> {
  if (encoding !== "gzip" && encoding !== "deflate" && encoding !== "br") return bytes;
  try {
    const decompress = encoding === "br" ? brotliDecompressSync : unzipSync;
    return new Uint8Array(decompress(bytes, { maxOutputLength: limit }));
  } catch (cause) {
    throw new AirgapError(
      "RESPONSE_INVALID",
      `Cannot ${action}: the answer is not the ${encoding} that it says`,
      {
        exit: "protocol",
        cause,
      },
    );
  }
}

/** The first `limit` bytes of a body, and whether that is all of it. */
export async function readUpTo(
  response: RegistryResponse,
  limit: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  const bytes = new Uint8Array(Buffer.concat(chunks));
  return { bytes: bytes.subarray(0, limit), complete: size <= limit };
}
