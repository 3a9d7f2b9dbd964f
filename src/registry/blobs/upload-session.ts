import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { delayAbort } from "../http/delay-abort.ts";
import type { ClientRequest, RegistryClient } from "../client/registry-client.ts";
import { NetworkError } from "../http/network-error.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";
import { headerOf, type RegistryResponse } from "../http/transport.ts";
import { uploadRules } from "../refusal/refusal-rules.ts";
import { resolveUploadLocation } from "./upload-location.ts";
import { note } from "../../content/notice.ts";

/** An upload that the registry has opened: where its next bytes go, and the least that a chunk must have. */
export interface UploadSession {
  location: URL;
  readonly minChunk: number;
}

/** Where to upload to, and for errors why. */
export type UploadTarget = Pick<ClientRequest, "access" | "action" | "signal">;

/** 202 by the specification; other clients take these as well, and there are registries that rely on it. */
const opened = [200, 201, 202, 204];
/** 404 says that there is none any more: it was committed, or has expired. */
const cancelled = [200, 202, 204, 404];
const cancelTimeout = 10_000;
/** How long a run that is cut short waits for the address of an upload that it has just asked for, to cancel it. */
const openingGrace = 10_000;

/** Opens an upload (distribution-spec, pushing blobs). */
export async function openUpload(client: RegistryClient, target: UploadTarget): Promise<UploadSession> {
  const { origin } = await client.open();
  const url = new URL(`/v2/${target.access.repository}/blobs/uploads/`, origin);
  const response = await postUpload(client, {
    method: "POST",
    url,
    ...target,
    accept: opened,
    rules: uploadRules,
  });
  return takeSession(client, response, url, target);
}

/**
 * Asks for a blob of another repository; undefined where that cannot be had, whatever the reason, since the bytes
 * can always be sent. A registry that does not mount opens an upload instead.
 */
export async function requestMount(
  client: RegistryClient,
  target: UploadTarget,
  digest: Digest,
  mountFrom: string,
): Promise<"mounted" | UploadSession | undefined> {
  const { origin } = await client.open();
  const { repository } = target.access;
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(mountFrom)}`;
  const url = new URL(`/v2/${repository}/blobs/uploads/?${query}`, origin);
  try {
    const response = await postUpload(client, {
      method: "POST",
      url,
      ...target,
      access: { repository, mountFrom },
      accept: [201, 202],
      attempts: 1,
    });
    return response.status === 201 ? "mounted" : await takeSession(client, response, url, target);
  } catch {
    target.signal?.throwIfAborted();
    return undefined;
  }
}

async function postUpload(client: RegistryClient, request: ClientRequest): Promise<RegistryResponse> {
  request.signal?.throwIfAborted();
  using late = delayAbort(request.signal, openingGrace, client.clock);
  try {
    const response = await client.send({ ...request, signal: late.signal });
    await response.discard();
    return response;
  } catch (error) {
    if (request.signal?.aborted && !(error instanceof RegistryRefusal)) tellLeft(client, request, error);
    throw error;
  }
}

async function takeSession(
  client: RegistryClient,
  response: RegistryResponse,
  requested: URL,
  target: UploadTarget,
): Promise<UploadSession> {
  const session = readSession(client, response, requested, target);
  client.tellElsewhere(requested, session.location);
  if (target.signal?.aborted) await dropUpload(client, target, session);
  target.signal?.throwIfAborted();
  return session;
}

/** The session as an answer describes it; each answer's address is the one to use next. */
export function readSession(
  client: RegistryClient,
  response: RegistryResponse,
  requested: URL,
  target: UploadTarget,
): UploadSession {
  const location = resolveUploadLocation(headerOf(response, "location"), requested, target.action);
  if (location.corrected) {
    client.onNotice(
      note(
        `Registry "${client.host}" names another scheme or port for uploads than it is reached by: set its external address, or X-Forwarded-Proto in the proxy`,
      ),
    );
  }
  return { location: location.url, minChunk: Number(headerOf(response, "oci-chunk-min-length") ?? 0) || 0 };
}

/**
 * Best effort: many registries want more rights for this than for the upload itself. Where a run that was cut short leaves
 * its upload so, that is told.
 */
export async function dropUpload(
  client: RegistryClient,
  target: UploadTarget,
  session: UploadSession,
): Promise<void> {
  try {
    const response = await client.send({
      method: "DELETE",
      url: session.location,
      access: target.access,
      action: describeCancel(target),
      accept: cancelled,
      attempts: 2,
      signal: AbortSignal.timeout(cancelTimeout),
    });
    await response.discard();
  } catch (error) {
    if (target.signal?.aborted) tellLeft(client, target, error);
  }
}

function describeCancel({ action }: UploadTarget): string {
  return `cancel the upload begun to ${action}`;
}

function tellLeft(client: RegistryClient, target: UploadTarget, error: unknown): void {
  const isTold = error instanceof AirgapError && !(error instanceof NetworkError);
  const what = isTold ? error.message : `Cannot ${describeCancel(target)}: the registry does not answer`;
  client.onNotice({
    severity: "warning",
    text: `${what}. It may stay there until the registry removes unfinished uploads`,
  });
}
