import type { BlobOutcome, OpenableBlob, Repository } from "../../content/repository.ts";
import type { LoadEvent, OnEvent } from "../report/events.ts";

export interface UploadBlobOptions {
  readonly onEvent: OnEvent;
  /** Repositories of the same store that hold the blobs, too. */
  readonly mountFrom?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Puts one blob, telling of it; gives what became of it. */
export async function uploadBlob(
  { descriptor, open }: OpenableBlob,
  repository: Repository,
  { onEvent, mountFrom, signal }: UploadBlobOptions,
): Promise<BlobOutcome> {
  const { digest, size } = descriptor;
  const tell = (sent: number): void => onEvent({ type: "uploading", digest, size, sent });
  const outcome = await repository.pushBlob(descriptor, open, {
    onBytes: tell,
    ...(mountFrom ? { mountFrom } : {}),
    ...(signal ? { signal } : {}),
  });
  const event: LoadEvent = { type: "blob", digest, size, repository: repository.name, outcome };
  onEvent(event);
  return outcome;
}
