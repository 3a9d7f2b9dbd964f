import type { ByteCounter, Opener } from "../content/repository.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { BlobBody } from "./blob-body.ts";
import type { RegistryClient } from "./registry-client.ts";
import { headerOf } from "./transport.ts";
import { commitUrl, resolveUploadLocation } from "./upload-location.ts";

export interface BlobUpload {
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly open: Opener;
  readonly action: string;
  readonly scopes: readonly string[];
  /** Milliseconds that the registry may take to commit. */
  readonly commitTimeout: number;
  readonly onBytes?: ByteCounter | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An upload that the registry has opened: where its bytes go. */
export interface UploadSession {
  readonly location: URL;
}

/** Opens an upload (distribution-spec, pushing blobs: POST then PUT). */
export async function startUpload(
  client: RegistryClient,
  upload: Pick<BlobUpload, "repository" | "action" | "scopes" | "signal">,
): Promise<UploadSession> {
  const { origin } = await client.open();
  const url = new URL(`/v2/${upload.repository}/blobs/uploads/`, origin);
  const { action, scopes, signal } = upload;
  const response = await client.send({ method: "POST", url, scopes, action, accept: [202], signal });
  await response.discard();
  return { location: resolveUploadLocation(headerOf(response, "location"), url, action).url };
}

/** Sends the whole blob with one PUT. */
export async function putBlob(
  client: RegistryClient,
  upload: BlobUpload,
  session: UploadSession,
): Promise<void> {
  const body = new BlobBody(upload);
  const { action, scopes, signal, descriptor } = upload;
  try {
    const response = await client.send({
      method: "PUT",
      url: commitUrl(session.location, descriptor.digest),
      scopes,
      action,
      accept: [200, 201, 202, 204],
      headers: { "content-type": "application/octet-stream" },
      body: { size: descriptor.size, open: () => body.read() },
      attempts: 1,
      timeout: upload.commitTimeout,
      signal,
    });
    await response.discard();
  } catch (error) {
    signal?.throwIfAborted();
    throw body.failure ?? error;
  }
}

/** Best effort, and never the reason for a failure: many registries want more rights for this than for the upload. */
export async function cancelUpload(
  client: RegistryClient,
  upload: Pick<BlobUpload, "action" | "scopes">,
  session: UploadSession,
): Promise<void> {
  const { action, scopes } = upload;
  await client
    .send({
      method: "DELETE",
      url: session.location,
      scopes,
      action,
      accept: [200, 202, 204],
      attempts: 1,
      timeout: 5000,
    })
    .then((response) => response.discard())
    .catch(() => undefined);
}
