import type { Notice } from "../../content/notice.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Family, familyName, otherFamily } from "../../oci/media-type.ts";

/** Why a digest has to stay as it is, or nothing where it may change. */
export type WhyKept = (digest: Digest) => string | undefined | Promise<string | undefined>;

/** Why no digest of a run may change, or nothing where nothing says so. */
export function whyAllKept(options: {
  readonly preserveDigests?: boolean | undefined;
  readonly trust?: unknown;
}): string | undefined {
  if (options.preserveDigests) return "--preserve-digests is given";
  return options.trust ? "what is published has to be signed" : undefined;
}

/** What a conversion is to do, and at whose will. */
export interface ConversionPurpose {
  /** What is to be converted, for people. */
  readonly title: string;
  readonly family: Family;
  /** Of the registry that takes no other family; none where the operator asked for it. */
  readonly refusal?: AirgapError | undefined;
}

/** Throws `DIGEST_NOT_KEPT` where one of the digests that a conversion takes away has to stay. */
export async function checkMayChange(
  digests: Iterable<Digest>,
  { title, family, refusal }: ConversionPurpose,
  whyKept: WhyKept,
): Promise<void> {
  for (const digest of digests) {
    const reason = await whyKept(digest);
    if (reason === undefined) continue;
    const why = refusal ? `, which is all that the registry takes` : "";
    throw new AirgapError(
      "DIGEST_NOT_KEPT",
      `Cannot convert "${title}" to ${familyName(family)}'s media types${why}: its digest ${digest} has to stay, since ${reason}`,
      {
        exit: "partial",
        hint: refusal
          ? "Have the registry take both families of media types (zot: http.compat), or leave out what holds the digest."
          : "Leave out --format, or what holds the digest.",
        cause: refusal,
      },
    );
  }
}

/** What a conversion has done; a warning where nobody asked for it. */
export function sayConverted(
  { family, refusal }: ConversionPurpose,
  change: { readonly from: Digest; readonly to: Digest } | undefined,
  leftBehind: number,
): Pick<Notice, "severity" | "text"> {
  const why = refusal
    ? `, since the registry refuses ${familyName(otherFamily(family))}'s`
    : ` (--format ${family})`;
  const digest = change ? `its digest ${change.from} becomes ${change.to}` : "its images get other digests";
  const attestations = leftBehind > 0 ? "; attestations, which speak of the old digests, stay behind" : "";
  return {
    severity: refusal ? "warning" : "note",
    text: `converted to ${familyName(family)}'s media types${why}: ${digest}${attestations}`,
  };
}
