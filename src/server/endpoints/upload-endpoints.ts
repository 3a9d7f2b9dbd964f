import type { Digest } from "../../oci/digest.ts";
import { isRepository } from "../../oci/reference.ts";
import type { Upload } from "../../storage/content-storage.ts";
import { type Exchange, sendEmpty } from "../http/exchange.ts";
import { limitBody } from "../http/read-body.ts";
import { RegistryError } from "../http/registry-error.ts";
import { requireDigest } from "../http/route.ts";

/** POST: mounts a blob, takes one in this same request, or opens an upload (spec.md#pushing-blobs; end-4, end-11). */
export async function startUpload(exchange: Exchange): Promise<void> {
  const { storage, response, query, route } = exchange;
  if (query.has("mount") && (await mountBlob(exchange))) return;
  const digest = query.has("digest") ? requireDigest(query.get("digest")) : undefined;
  const upload = await storage.startUpload(route.repository);
  if (digest === undefined) sendEmpty(response, 202, progressHeaders(exchange, upload));
  else await receiveWholeBlob(exchange, upload, digest);
}

/** Nobody was told of this upload, so nobody could go on with it. */
async function receiveWholeBlob(exchange: Exchange, upload: Upload, digest: Digest): Promise<void> {
  try {
    await receiveBlob(exchange, upload, digest);
  } finally {
    await upload.cancel();
  }
}

async function mountBlob({ storage, response, query, route }: Exchange): Promise<boolean> {
  const { repository } = route;
  const digest = requireDigest(query.get("mount"));
  const from = query.get("from") ?? "";
  if (!isRepository(from) || !(await storage.mountBlob(repository, digest, from))) return false;
  sendEmpty(response, 201, {
    location: `/v2/${repository}/blobs/${digest}`,
    "docker-content-digest": digest,
  });
  return true;
}

function progressHeaders({ route }: Exchange, upload: Upload): Record<string, string> {
  return {
    location: `/v2/${route.repository}/blobs/uploads/${upload.id}`,
    range: `0-${Math.max(0, upload.offset - 1)}`,
    "docker-upload-uuid": upload.id,
  };
}

/** GET: how far an upload is (spec.md#pushing-a-blob-in-chunks; end-13). */
export async function sendUploadStatus(exchange: Exchange): Promise<void> {
  sendEmpty(exchange.response, 204, progressHeaders(exchange, findUpload(exchange)));
}

function findUpload({ storage, route }: Exchange): Upload {
  const upload = storage.findUpload(route.repository, route.reference);
  if (!upload) throw uploadUnknown();
  return upload;
}

/** PATCH: adds a chunk, or all of a blob where no range is given (end-5). */
export async function receiveChunk(exchange: Exchange): Promise<void> {
  const upload = findUpload(exchange);
  checkContentRange(exchange, upload);
  await appendBody(exchange, upload);
  sendEmpty(exchange.response, 202, progressHeaders(exchange, upload));
}

/** PUT: adds what its body holds, often all of the blob, and closes the upload (end-6). */
export async function finishUpload(exchange: Exchange): Promise<void> {
  const upload = findUpload(exchange);
  const digest = requireDigest(exchange.query.get("digest"));
  checkContentRange(exchange, upload);
  await receiveBlob(exchange, upload, digest);
}

async function receiveBlob(exchange: Exchange, upload: Upload, digest: Digest): Promise<void> {
  await appendBody(exchange, upload);
  await upload.commit(digest);
  sendEmpty(exchange.response, 201, {
    location: `/v2/${exchange.route.repository}/blobs/${digest}`,
    "docker-content-digest": digest,
  });
}

/** `Content-Range: 0-99`, without a unit, must start where the upload ends and be as long as the body. */
function checkContentRange(exchange: Exchange, upload: Upload): void {
  const { headers } = exchange.request;
  const header = headers["content-range"];
  if (header === undefined) return;
  const [, start, end] = /^(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  if (start === undefined || end === undefined) {
    throw new RegistryError(400, "BLOB_UPLOAD_INVALID", "the Content-Range is not of the form 0-99");
  }
  if (Number(start) !== upload.offset) {
    throw new RegistryError(
      416,
      "BLOB_UPLOAD_INVALID",
      `the chunk starts at ${start}, the upload is at ${upload.offset}`,
      progressHeaders(exchange, upload),
    );
  }
  if (Number(headers["content-length"]) !== Number(end) - Number(start) + 1) {
    throw new RegistryError(400, "SIZE_INVALID", "the Content-Length is not that of the Content-Range");
  }
}

async function appendBody({ request, maxBlobSize }: Exchange, upload: Upload): Promise<void> {
  try {
    await upload.append(limitBody(request, maxBlobSize - upload.offset));
  } catch (error) {
    if (error instanceof RegistryError) await upload.cancel();
    throw error;
  }
}

/** DELETE: gives up an upload (spec.md#cancel-a-blob-upload; end-14). */
export async function cancelUpload(exchange: Exchange): Promise<void> {
  if (!(await findUpload(exchange).cancel())) throw uploadUnknown();
  sendEmpty(exchange.response, 204);
}

function uploadUnknown(): RegistryError {
  return new RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
}
