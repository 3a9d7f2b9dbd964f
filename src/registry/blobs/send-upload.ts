import type { Descriptor } from "../../oci/descriptor.ts";
import type { BlobBody } from "./blob-body.ts";
import type { ClientRequest, RegistryClient, RequestBody } from "../client/registry-client.ts";
import type { UploadForm } from "./upload-ladder.ts";
import { commitUrl } from "./upload-location.ts";
import { readSession, type UploadSession, type UploadTarget } from "./upload-session.ts";

export interface BlobToSend extends UploadTarget {
  readonly descriptor: Descriptor;
  readonly body: BlobBody;
  /** Milliseconds that the registry may take to answer the last byte. */
  readonly commitTimeout: number;
  /** Whether the last chunk goes with the PUT that ends the upload, as ECR wants it. */
  readonly lastChunkInPut: boolean;
}

interface Part {
  readonly body?: RequestBody;
  /** `first-last`, without a unit and a total, unlike HTTP's own (distribution-spec, pushing a blob in chunks). */
  readonly range?: string;
}

const committed = [200, 201, 202, 204];
/** 201 is ECR's. */
const continued = [201, 202, 204];

/** Sends a blob's bytes into an opened upload, whose address moves with them, in that form, and commits it (distribution-spec, pushing blobs). */
export async function sendUpload(
  client: RegistryClient,
  blob: BlobToSend,
  session: UploadSession,
  form: UploadForm,
): Promise<void> {
  const { size } = blob.descriptor;
  if (form.kind === "chunks" && size > 0) {
    return sendChunks(client, blob, session, Math.max(form.size, session.minChunk));
  }
  const body: RequestBody = { size, open: () => blob.body.whole(), replayable: true };
  if (form.kind !== "patch" || size === 0) return commit(client, blob, session, { body });
  await patch(client, blob, session, { body });
  return commit(client, blob, session, {});
}

async function sendChunks(
  client: RegistryClient,
  blob: BlobToSend,
  session: UploadSession,
  chunkSize: number,
): Promise<void> {
  const total = blob.descriptor.size;
  for (let start = 0; start < total; start += chunkSize) {
    const size = Math.min(chunkSize, total - start);
    const part: Part = {
      body: { size, open: () => blob.body.take(size), replayable: false },
      range: `${start}-${start + size - 1}`,
    };
    if (start + size === total && blob.lastChunkInPut) return commit(client, blob, session, part);
    await patch(client, blob, session, part);
  }
  return commit(client, blob, session, {});
}

async function patch(
  client: RegistryClient,
  blob: BlobToSend,
  session: UploadSession,
  part: Part,
): Promise<void> {
  const response = await client.send({
    method: "PATCH",
    url: session.location,
    ...requestFor(blob, part),
    accept: continued,
  });
  await response.discard();
  session.location = readSession(client, response, session.location, blob).location;
}

async function commit(
  client: RegistryClient,
  blob: BlobToSend,
  session: UploadSession,
  part: Part,
): Promise<void> {
  const response = await client.send({
    method: "PUT",
    url: commitUrl(session.location, blob.descriptor.digest),
    ...requestFor(blob, part),
    accept: committed,
  });
  await response.discard();
}

/** One try only: bytes that were sent are not known to be where they belong, which is for the caller to find out. */
function requestFor(
  blob: BlobToSend,
  { body, range }: Part,
): Omit<ClientRequest, "method" | "url" | "accept"> {
  const { access, action, commitTimeout } = blob;
  return {
    access,
    action,
    attempts: 1,
    timeout: commitTimeout,
    signal: blob.body.signal,
    headers: {
      "content-type": "application/octet-stream",
      ...(range === undefined ? {} : { "content-range": range }),
    },
    ...(body ? { body } : {}),
  };
}
