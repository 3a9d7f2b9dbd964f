import type { Repository } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { ImageIndex } from "../oci/manifest.ts";
import type { PublishOptions } from "./stage-list.ts";

/**
 * Reads a published list as clients will: the tag must give its bytes, and every child must be there (decision 20).
 * What the registry does not let be read is a warning; other bytes or a missing child are `READ_BACK_FAILED`.
 */
export async function readBack(
  repository: Repository,
  tag: string,
  index: ImageIndex,
  options: PublishOptions,
): Promise<void> {
  const title = `${repository.title}:${tag}`;
  try {
    const raw = await repository.fetchManifest(tag, options.signal);
    if (raw?.descriptor.digest !== index.descriptor.digest) {
      throw failed(title, `want ${index.descriptor.digest}, got ${raw ? raw.descriptor.digest : "nothing"}`);
    }
    await Promise.all(
      index.manifests.map((child) => checkChild(repository, child.digest, title, options.signal)),
    );
  } catch (error) {
    if (!(error instanceof AirgapError) || error.code !== "NOT_VERIFIABLE") throw error;
    options.onWarning({
      severity: "warning",
      subject: title,
      text: `not verifiable after the push: ${error.message}`,
    });
  }
}

async function checkChild(
  repository: Repository,
  digest: string,
  title: string,
  signal?: AbortSignal,
): Promise<void> {
  const there = await repository.resolve(digest, signal);
  if (there?.digest !== digest) throw failed(title, `its child ${digest} is not there`);
}

function failed(title: string, detail: string): AirgapError {
  return new AirgapError("READ_BACK_FAILED", `Cannot read back "${title}": ${detail}`, {
    exit: "protocol",
    hint: "The registry does not give back what it took: look at its log and its storage, then run this load again.",
  });
}
