import type { ByteRange } from "../../storage/content-storage.ts";
import { parseByteRange } from "../http/byte-range.ts";
import { type Exchange, sendEmpty, sendLent } from "../http/exchange.ts";
import { isUnchanged } from "../http/is-unchanged.ts";
import { RegistryError } from "../http/registry-error.ts";
import { requireDigest } from "../http/route.ts";

/** GET and HEAD of a blob, with ranges and conditions (spec.md#pulling-blobs; end-2). */
export async function sendBlob(exchange: Exchange): Promise<void> {
  const { storage, request, response, route } = exchange;
  const digest = requireDigest(route.reference);
  const size = await storage.statBlob(route.repository, digest);
  if (size === undefined) throw blobUnknown();
  response.setHeader("docker-content-digest", digest);
  response.setHeader("etag", `"${digest}"`);
  response.setHeader("accept-ranges", "bytes");
  response.setHeader("cache-control", "max-age=31536000, immutable");
  if (isUnchanged(exchange, digest)) {
    response.writeHead(304).end();
    return;
  }
  const range = request.method === "GET" ? requestedRange(exchange, digest, size) : undefined;
  response.statusCode = range ? 206 : 200;
  if (range) response.setHeader("content-range", `bytes ${range.start}-${range.end}/${size}`);
  response.setHeader("content-type", "application/octet-stream");
  response.setHeader("content-length", range ? range.end - range.start + 1 : size);
  if (request.method === "HEAD" || size === 0) response.end();
  else await sendLent(response, storage.lendBlob(digest, range ?? { start: 0, end: size - 1 }));
}

function blobUnknown(): RegistryError {
  return new RegistryError(404, "BLOB_UNKNOWN", "the blob is not in this repository");
}

function requestedRange({ request }: Exchange, digest: string, size: number): ByteRange | undefined {
  const condition = request.headers["if-range"];
  const holds = condition === undefined || condition === `"${digest}"`;
  return holds ? parseByteRange(request.headers.range, size) : undefined;
}

/** DELETE of a blob from a repository (spec.md#deleting-blobs; end-10). */
export async function deleteBlob({ storage, response, route }: Exchange): Promise<void> {
  if (!(await storage.deleteBlob(route.repository, requireDigest(route.reference)))) throw blobUnknown();
  sendEmpty(response, 202);
}
