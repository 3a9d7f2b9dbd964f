import type { IncomingMessage } from "node:http";
import { RegistryError } from "./registry-error.ts";

/** A request's body in memory; throws a 413 as soon as it is known to have more than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitBody(request, limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A request's body as it comes, cut off with a 413 behind `limit` bytes, or before the first where its length says so. */
export async function* limitBody(request: IncomingMessage, limit: number): AsyncIterable<Uint8Array> {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
  let received = 0;
  for await (const chunk of readRequest(request)) {
    received += chunk.length;
    if (received > limit) throw tooLarge(limit);
    yield chunk;
  }
}

/** Leaving off in the middle must not close the connection, which an iterator does by default: the refusal is to get through. */
function readRequest(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}

function tooLarge(limit: number): RegistryError {
  return new RegistryError(413, "SIZE_INVALID", `the body has more than ${limit} bytes`);
}
