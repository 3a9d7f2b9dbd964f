import type { BlobOutcome, OpenableBlob, Repository } from "../../content/repository.ts";
import type { LoadEvent, OnEvent } from "../report/events.ts";

export interface UploadBlobOptions {
  readonly onEvent: OnEvent;
  /** Of which image the blobs are, for events. */
  readonly image?: string;
  /** Bytes of this blob where it is read from, if these are others than those that are sent. */
  readonly stored?: number;
  /** Repositories of the same store that hold the blobs, too. */
  readonly mountFrom?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Puts one blob, telling of it; gives what became of it. */
export async function uploadBlob(
  { descriptor, open }: OpenableBlob,
  repository: Repository,
  { onEvent, image, stored, mountFrom, signal }: UploadBlobOptions,
): Promise<BlobOutcome> {
  const { digest, size } = descriptor;
  const part = { digest, size, ...(image === undefined ? {} : { image }), ...(stored ? { stored } : {}) };
  const tell = (sent: number): void => onEvent({ type: "uploading", ...part, sent });
  const outcome = await repository.pushBlob(descriptor, open, {
    onBytes: tell,
    ...(mountFrom ? { mountFrom } : {}),
    ...(signal ? { signal } : {}),
  });
  const event: LoadEvent = { type: "blob", ...part, repository: repository.name, outcome };
  onEvent(event);
  return outcome;
}
