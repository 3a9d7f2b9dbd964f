import { readBlob } from "../../content/read-blob.ts";
import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type ImageConfig, parseImageConfig } from "../../oci/image-config.ts";
import type { Manifest } from "../../oci/manifest.ts";

/** An image's config out of a registry, or a text that says why it is none; throws where reading its bytes fails. */
export async function readConfig(
  { config, descriptor }: Manifest,
  repository: Repository,
  signal?: AbortSignal,
): Promise<ImageConfig | string> {
  if (!(await repository.hasBlob(config, signal))) return "its config is not in the registry";
  const bytes = await readBlob(repository, config, signal);
  try {
    return parseImageConfig(bytes, `the config of "${repository.title}@${descriptor.digest}"`);
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    return error.message;
  }
}
