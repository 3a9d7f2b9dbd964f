import type { ByteCounter, Opener } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { BlobBody } from "./blob-body.ts";
import { lookUpBlob } from "./look-up-blob.ts";
import type { RateLimit } from "../http/rate-limit.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";
import { backOff, delayAfterStatus, describeSilence, longestRetryAfter } from "../http/retry.ts";
import { sendUpload } from "./send-upload.ts";
import { judgeUploadFailure, type UploadRetry } from "./upload-failure.ts";
import type { UploadForm, UploadLadder } from "./upload-ladder.ts";
import { dropUpload, openUpload, type UploadSession, type UploadTarget } from "./upload-session.ts";
import { note } from "../../content/notice.ts";

/** How the operator wants blobs to be sent. */
export interface UploadSettings {
  /** Milliseconds that the registry may take to answer the last byte. */
  readonly commitTimeout: number;
  /** Milliseconds for which it may take no byte. */
  readonly stallTimeout: number;
  readonly rateLimit: RateLimit | undefined;
}

/** What uploads to one registry share. */
export interface UploadHost extends UploadSettings {
  readonly client: RegistryClient;
  readonly ladder: UploadLadder;
  /** Whether the last chunk goes with the PUT that ends the upload, as ECR wants it. */
  readonly lastChunkInPut: boolean;
}

export interface BlobUpload extends UploadTarget {
  readonly descriptor: Descriptor;
  readonly open: Opener;
  readonly onBytes?: ByteCounter | undefined;
}

/** A try that failed. */
interface FailedTry {
  readonly error: unknown;
  readonly form: UploadForm;
  readonly session: UploadSession;
  readonly body: BlobBody;
}

/** Statuses of a proxy that did not wait for the registry's commit. */
const impatient = new Set([408, 499, 504, 524]);
const firstPoll = 2000;
const longestPoll = 30_000;

/**
 * Uploads a blob that the repository lacks, in the form that the registry takes, each try in a new upload from the
 * first byte (registry.md 5). `opened` is an upload that a refused mount has left. Where the signal ends it, all uploads that
 * it began are cancelled.
 */
export async function runUpload(host: UploadHost, upload: BlobUpload, opened?: UploadSession): Promise<void> {
  const begun = opened ? [opened] : [];
  try {
    await tryUploads(host, upload, begun);
  } catch (error) {
    if (upload.signal?.aborted) {
      await Promise.all(begun.map((session) => dropUpload(host.client, upload, session)));
    }
    throw error;
  }
}

/** `begun` are all uploads that are not known to be over, the last one to be used. */
async function tryUploads(host: UploadHost, upload: BlobUpload, begun: UploadSession[]): Promise<void> {
  const failures = new Map<UploadRetry["reason"], number>();
  let session: UploadSession | undefined = begun.at(-1);
  for (;;) {
    if (!session) begun.push((session = await openUpload(host.client, upload)));
    const { form } = host.ladder;
    const body = new BlobBody({ ...host, ...upload });
    try {
      await sendUpload(host.client, { ...host, ...upload, body }, session, form);
      host.ladder.prove(form);
      return;
    } catch (error) {
      if (await recover(host, upload, { error, form, session, body }, failures)) return;
    } finally {
      await body.close();
    }
    session = undefined;
  }
}

/** Prepares the next try; gives true where the blob turns out to be there, and throws where trying is no use. */
async function recover(
  host: UploadHost,
  upload: BlobUpload,
  failed: FailedTry,
  failures: Map<UploadRetry["reason"], number>,
): Promise<boolean> {
  const { error, form, session, body } = failed;
  const isOurs = upload.signal?.aborted === true || body.failure !== undefined;
  const verdict = isOurs ? ({ act: "give-up" } as const) : judgeUploadFailure(error, form);
  if (verdict.act === "retry") return retry(host, upload, failed, verdict, failures);
  upload.signal?.throwIfAborted();
  await dropUpload(host.client, upload, session);
  if (body.failure !== undefined) throw body.failure;
  if (verdict.act === "give-up" || !changeForm(host, upload, form, verdict.act)) throw error;
  return false;
}

type FormFault = "shrink" | "descend" | "lost";

function changeForm(host: UploadHost, upload: BlobUpload, form: UploadForm, fault: FormFault): boolean {
  const { ladder, client } = host;
  const isChanged = fault === "shrink" ? ladder.shrink(form, upload.descriptor.size) : ladder.descend(form);
  // Another upload may have met the same, and said so.
  if (isChanged && ladder.form !== form) {
    const sent = describeForm(form);
    const reasons = {
      shrink: "refuses requests of that size (client_max_body_size 0 in nginx lifts the limit)",
      descend: `does not take blobs ${sent}`,
      lost: `keeps losing blobs that go ${sent}`,
    };
    client.onNotice(
      note(`Registry "${client.host}" ${reasons[fault]}: they go ${describeForm(ladder.form)}`),
    );
  }
  return isChanged;
}

function describeForm(form: UploadForm): string {
  if (form.kind === "put") return "with one PUT";
  return form.kind === "patch" ? "with PATCH" : `in chunks of ${Math.round(form.size / 1024)} KiB`;
}

async function retry(
  host: UploadHost,
  upload: BlobUpload,
  { error, form, body }: FailedTry,
  verdict: UploadRetry,
  failures: Map<UploadRetry["reason"], number>,
): Promise<boolean> {
  const { client, ladder } = host;
  const refusal = error instanceof RegistryRefusal ? error.refusal : undefined;
  const count = (failures.get(verdict.reason) ?? 0) + 1;
  const mayCommit = body.finished && refusal !== undefined && impatient.has(refusal.status);
  // The long wait only once: a second try that ends so means that waiting does not help.
  if (verdict.ask && (await isThere(host, upload, mayCommit && count === 1))) return true;
  failures.set(verdict.reason, count);
  const isFormAtFault = count >= verdict.descendAfter && !ladder.proven;
  if (isFormAtFault && changeForm(host, upload, form, "lost")) failures.delete(verdict.reason);
  else if (count >= verdict.limit) throw verdict.reason === "session" ? sessionLost(error) : error;
  const wait = refusal ? delayAfterStatus(refusal.status, count, refusal.retryAfter) : backOff(count);
  if (wait > longestRetryAfter) throw error;
  const reason = refusal ? `answers ${refusal.status}` : describeSilence(error);
  const attempts = Math.min(verdict.limit, verdict.descendAfter);
  await client.pause({ milliseconds: wait, reason, attempt: count + 1, attempts }, upload.signal);
  return false;
}

/** Asks for the blob: once, or while a registry is still at work behind an impatient proxy. */
async function isThere(host: UploadHost, upload: BlobUpload, isCommitting: boolean): Promise<boolean> {
  const { clock } = host.client;
  const deadline = clock.now() + host.commitTimeout;
  for (let wait = firstPoll; ; wait = Math.min(2 * wait, longestPoll)) {
    if ((await lookUpBlob(host.client, upload, upload.descriptor)) === "present") return true;
    if (!isCommitting || clock.now() + wait > deadline) return false;
    if (wait > 2 * firstPoll) tellCommitting(host.client);
    await clock.sleep(wait, upload.signal);
  }
}

function tellCommitting({ host, onNotice }: RegistryClient): void {
  onNotice(
    note(
      `Registry "${host}" is still at work on a blob that was sent whole: asking for it until it is there`,
    ),
  );
}

function sessionLost(error: unknown): unknown {
  if (!(error instanceof AirgapError)) return error;
  return new AirgapError("UPLOAD_LOST", error.message, {
    exit: "protocol",
    hint: "The registry forgets uploads half-way: several instances need one http.secret (REGISTRY_HTTP_SECRET), one storage, and sticky sessions.",
    cause: error,
  });
}
