import { AirgapError } from "../../oci/airgap-error.ts";
import { isDigest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { isTag } from "../../oci/reference.ts";

/** The path of a manifest; throws `REFERENCE_INVALID` for what is neither a tag nor a digest. */
export function manifestPath(repository: string, reference: string): string {
  if (isTag(reference) || isDigest(reference)) return `/v2/${repository}/manifests/${reference}`;
  throw new AirgapError(
    "REFERENCE_INVALID",
    `Cannot use "${printable(reference)}" as a reference: want a tag or a digest`,
    { exit: "usage" },
  );
}

/** The same for people: `host/app:1`. */
export function manifestTitle(host: string, repository: string, reference: string): string {
  return `${host}/${repository}${isDigest(reference) ? "@" : ":"}${printable(reference)}`;
}
