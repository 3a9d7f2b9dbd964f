import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isDigest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";

/** What a registry has under a tag or a digest; `fault` tells why it is neither a manifest nor an index. */
export type FoundManifest =
  | Manifest
  | ImageIndex
  | { readonly kind: "unreadable"; readonly descriptor: Descriptor; readonly fault: string };

/**
 * Reads what a tag or a digest names, or undefined where there is nothing. Anybody may have put anything there, and it may
 * be about to be replaced: what is no manifest is reported, not thrown.
 */
export async function findManifest(
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<FoundManifest | undefined> {
  const raw = await repository.fetchManifest(reference, signal);
  if (!raw) return undefined;
  const title = `"${repository.title}${isDigest(reference) ? "@" : ":"}${reference}"`;
  try {
    return parseManifest(raw.bytes, title, raw.descriptor.mediaType);
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    return { kind: "unreadable", descriptor: raw.descriptor, fault: error.message };
  }
}
