import { type Digest, shortDigest } from "../../oci/digest.ts";
import type { RawManifest } from "../../oci/manifest.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import { judgeSignature, type SignatureVerdict } from "../../signature/images/judge-signature.ts";
import type { Requirement, SignaturePolicy } from "../../signature/policy/signature-policy.ts";
import type { SignatureReport } from "../report/report.ts";
import type { FindSignatures } from "./find-signatures.ts";
import { readSignatures } from "./read-signatures.ts";

/** Why an image is not let in. */
export interface Distrust {
  readonly code: "SIGNATURE_MISSING" | "SIGNATURE_INVALID";
  /** A clause. */
  readonly why: string;
}

/** An image or a list as it would be published. */
export interface TrustSubject {
  readonly name: Reference | undefined;
  /** None where it is made here, which nobody can have signed. */
  readonly manifest: RawManifest | undefined;
  readonly find: FindSignatures;
}

/** Judges images by a policy, each once, and remembers who had signed them. */
export class Trust {
  readonly #policy: SignaturePolicy;
  readonly #verdicts = new Map<string, Promise<Distrust | undefined>>();
  readonly #good = new Map<string, SignatureReport>();

  constructor(policy: SignaturePolicy) {
    this.#policy = policy;
  }

  /** Why an image is not to be trusted under this name, or nothing where it is. */
  judge(subject: TrustSubject, signal?: AbortSignal): Promise<Distrust | undefined> {
    const key = `${subject.name && formatReference(subject.name)} ${subject.manifest?.descriptor.digest}`;
    const known = this.#verdicts.get(key) ?? this.#judge(subject, signal);
    this.#verdicts.set(key, known);
    return known;
  }

  /** The signatures of these digests that were found good. */
  verified(subjects: ReadonlySet<Digest>): SignatureReport[] {
    return [...this.#good.values()].filter(({ subject }) => subjects.has(subject));
  }

  async #judge(subject: TrustSubject, signal?: AbortSignal): Promise<Distrust | undefined> {
    for (const requirement of this.#policy.requirementsOf(subject.name)) {
      const distrust = await this.#meet(requirement, subject, signal);
      if (distrust) return distrust;
    }
    return undefined;
  }

  async #meet(
    requirement: Requirement,
    { name, manifest, find }: TrustSubject,
    signal?: AbortSignal,
  ): Promise<Distrust | undefined> {
    if (requirement.kind === "accept") return undefined;
    if (requirement.kind === "reject") return { code: "SIGNATURE_INVALID", why: requirement.why };
    if (!manifest) {
      return { code: "SIGNATURE_MISSING", why: "its manifest is made here, so nobody can have signed it" };
    }
    const { digest } = manifest.descriptor;
    const subject = { digest, bytes: manifest.bytes };
    const reasons: string[] = [];
    for (const holder of await find(digest, signal)) {
      for (const signature of await readSignatures(holder, signal)) {
        const verdict: SignatureVerdict =
          typeof signature === "string"
            ? { kind: "bad", why: signature }
            : judgeSignature(signature, subject, requirement.signers);
        const wrong = verdict.kind === "bad" ? verdict.why : requirement.identity?.(verdict.reference, name);
        if (verdict.kind === "good" && wrong === undefined) {
          const good = { subject: digest, digest: holder.manifest.descriptor.digest, signer: verdict.signer };
          this.#good.set(Object.values(good).join(" "), good);
          return undefined;
        }
        reasons.push(`${shortDigest(holder.manifest.descriptor.digest)}: ${wrong}`);
      }
    }
    return describe(digest, reasons);
  }
}

/** Reasons told for one image; somebody may have put thousands beside it. */
const maxReasons = 5;

function describe(digest: Digest, reasons: readonly string[]): Distrust {
  if (reasons.length === 0) return { code: "SIGNATURE_MISSING", why: `${digest} is not signed` };
  const told = [...new Set(reasons)].slice(0, maxReasons).join("; ");
  const more = reasons.length > maxReasons ? `; and ${reasons.length - maxReasons} more` : "";
  return { code: "SIGNATURE_INVALID", why: `no signature of ${digest} is good: ${told}${more}` };
}
