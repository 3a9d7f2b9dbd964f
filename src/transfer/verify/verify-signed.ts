import type { Repository } from "../../content/repository.ts";
import { parseReference } from "../../oci/reference.ts";
import type { ExistingEntry, ExistingTag } from "../load/existing-tag.ts";
import type { SignatureReport } from "../report/report.ts";
import { findInRepository } from "../trust/find-signatures.ts";
import type { VerifyOptions } from "./verify-image.ts";

/** What was found out about signatures of a list and its images. */
export interface VerifiedSignatures {
  readonly problems: ReadonlyMap<ExistingEntry, readonly string[]>;
  /** For each image. */
  readonly notes: readonly string[];
  readonly signatures: readonly SignatureReport[];
}

/**
 * Checks that what a tag names is signed, or that each image of it is, as of a list that a load has made. Undefined where nobody
 * asks.
 */
export async function verifySigned(
  source: string,
  { list, entries, descriptor }: ExistingTag,
  repository: Repository,
  { trust, signal }: VerifyOptions,
): Promise<VerifiedSignatures | undefined> {
  if (!trust) return undefined;
  const base = { name: parseReference(source), find: findInRepository(repository) };
  const whole = list && (await trust.judge({ ...base, manifest: list }, signal));
  const problems = new Map<ExistingEntry, readonly string[]>();
  for (const entry of !list || whole ? entries : []) {
    const distrust = await trust.judge({ ...base, manifest: entry.manifest }, signal);
    const forged = whole?.code === "SIGNATURE_INVALID" ? [`of its list, ${whole.why}`] : [];
    if (distrust) problems.set(entry, [distrust.why, ...forged]);
  }
  const signatures = trust.verified(
    new Set([descriptor, ...entries.map((entry) => entry.descriptor)].map(({ digest }) => digest)),
  );
  const signers = [...new Set(signatures.flatMap(({ signer }) => signer ?? []))].join(", ");
  const made = whole ? "each by itself, since its list is signed by nobody" : "";
  return {
    problems,
    notes: problems.size > 0 || !signers ? [] : [["signed by", signers, made].filter(Boolean).join(" ")],
    signatures,
  };
}
