import { AirgapError } from "../../oci/airgap-error.ts";
import type { RegistryResponse } from "./transport.ts";

/** A body that is small by nature, whole; throws `RESPONSE_TOO_LARGE` beyond `limit` bytes. */
export async function readAnswer(
  response: RegistryResponse,
  limit: number,
  action: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, complete } = await readUpTo(response, limit);
  if (complete) return bytes;
  throw new AirgapError("RESPONSE_TOO_LARGE", `Cannot ${action}: the answer is longer than ${limit} bytes`, {
    exit: "protocol",
  });
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
