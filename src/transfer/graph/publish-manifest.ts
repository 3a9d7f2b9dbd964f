import type { Repository } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { type OnEvent, tellNotices } from "../report/events.ts";
import { readBack } from "./read-back.ts";
import { pushOnce } from "./push-once.ts";

export interface PublishManifestOptions {
  readonly onEvent: OnEvent;
  readonly signal?: AbortSignal;
}

/**
 * Puts a manifest or an index whose parts are all there under a tag or its digest, and reads it back. Gives the digest of
 * what was there instead. Throws `READ_BACK_FAILED`.
 */
export async function publishManifest(
  repository: Repository,
  reference: string,
  root: Manifest | ImageIndex,
  { onEvent, signal }: PublishManifestOptions,
): Promise<Digest | undefined> {
  const previous = await pushOnce(repository, reference, root, signal);
  await readBack(repository, reference, root, {
    onNotice: tellNotices(onEvent),
    signal,
  });
  return previous;
}
