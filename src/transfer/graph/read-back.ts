import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, partsOf } from "../../oci/manifest.ts";
import { resolveSurely } from "./resolve-surely.ts";
import type { OnNotice } from "../../content/notice.ts";

export interface ReadBackOptions {
  readonly onNotice: OnNotice;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads what was published as clients will: the tag must give its bytes, and it and every child must be there under their
 * digests (decision 20). What the registry does not let be read is a warning; other bytes or a missing child are
 * `READ_BACK_FAILED`.
 */
export async function readBack(
  repository: Repository,
  reference: string,
  root: Manifest | ImageIndex,
  options: ReadBackOptions,
): Promise<void> {
  const title = `${repository.title}${isDigest(reference) ? "@" : ":"}${reference}`;
  const children = partsOf(root).manifests;
  const digests = [root.descriptor, ...children].map(({ digest }) => digest);
  try {
    await checkBytes(repository, reference, root, title, options.signal);
    await Promise.all(digests.map((digest) => checkThere(repository, digest, title, options.signal)));
  } catch (error) {
    if (!(error instanceof AirgapError) || error.code !== "NOT_VERIFIABLE") throw error;
    options.onNotice({
      severity: "warning",
      subject: title,
      text: `not verifiable after the push: ${error.message}`,
    });
  }
}

async function checkBytes(
  repository: Repository,
  reference: string,
  { descriptor }: Manifest | ImageIndex,
  title: string,
  signal?: AbortSignal,
): Promise<void> {
  const raw = await repository.fetchManifest(reference, signal).catch((error: unknown) => {
    if (error instanceof AirgapError && error.code === "DIGEST_DIFFERS") throw failed(title, error.message);
    throw error;
  });
  if (raw?.descriptor.digest === descriptor.digest) return;
  throw failed(title, `want ${descriptor.digest}, got ${raw ? raw.descriptor.digest : "nothing"}`);
}

async function checkThere(
  repository: Repository,
  digest: Digest,
  title: string,
  signal?: AbortSignal,
): Promise<void> {
  const there = await resolveSurely(repository, digest, signal);
  if (there?.digest !== digest) throw failed(title, `${digest} is not there`);
}

function failed(title: string, detail: string): AirgapError {
  return new AirgapError("READ_BACK_FAILED", `Cannot read back "${title}": ${detail}`, {
    exit: "protocol",
    hint: "The registry does not give back what it took: look at its log and its storage, then run this again.",
  });
}
