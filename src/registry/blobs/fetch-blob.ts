import { checkBytes } from "../../content/check-bytes.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { describeSilence } from "../http/retry.ts";
import { headerOf } from "../http/transport.ts";

/** Breaks in a row after which a blob is given up; one that came this far since the last starts a new row. */
const mostBreaks = 4;
const farEnough = 8 * 1024 * 1024;

/**
 * A blob's bytes, checked at their end. Where the connection breaks, the rest is asked for (RFC 9110, range requests):
 * whoever reads may have passed on gigabytes already.
 */
export async function* fetchBlob(
  client: RegistryClient,
  repository: string,
  descriptor: Descriptor,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const action = `fetch blob "${descriptor.digest}" from "${client.host}/${repository}"`;
  yield* checkBytes(descriptor, readOn(client, { repository, descriptor, action, signal }), action);
}

interface BlobRead {
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly action: string;
  readonly signal: AbortSignal | undefined;
}

async function* readOn(client: RegistryClient, read: BlobRead): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0;
  let reason = "";
  for (let breaks = 1; ; breaks++) {
    const start = offset;
    const chunks = await openFrom(client, read, offset);
    try {
      for await (const chunk of chunks) {
        offset += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      read.signal?.throwIfAborted();
      if (offset - start >= farEnough) breaks = 1;
      if (!(error instanceof AirgapError) || error.exit !== "gaveUp" || breaks === mostBreaks) throw error;
      reason = describeSilence(error);
    }
    const wait = { milliseconds: 1000 * 2 ** breaks, reason, attempt: breaks + 1, attempts: mostBreaks };
    await client.pause(wait, read.signal);
  }
}

/** The bytes from an offset on, also where the registry knows no ranges and starts again. */
async function openFrom(
  client: RegistryClient,
  { repository, descriptor, action, signal }: BlobRead,
  offset: number,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await client.send({
    method: "GET",
    url: `/v2/${repository}/blobs/${descriptor.digest}`,
    access: { repository },
    action,
    accept: offset === 0 ? [200] : [200, 206],
    ...(offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } }),
    signal,
  });
  const isRest = headerOf(response, "content-range")?.startsWith(`bytes ${offset}-`) ?? false;
  return response.status === 206 && isRest ? response.body : skipBytes(response.body, offset);
}

async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
