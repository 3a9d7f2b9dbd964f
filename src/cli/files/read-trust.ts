import { AirgapError } from "../../oci/airgap-error.ts";
import { parseSignatureKey } from "../../signature/images/public-key.ts";
import { keySigner, type Signer } from "../../signature/images/signer.ts";
import {
  joinPolicies,
  requireSigners,
  type SignaturePolicy,
} from "../../signature/policy/signature-policy.ts";
import { Trust } from "../../transfer/trust/trust.ts";
import { readTextFile } from "./read-lines.ts";

/** Whom to trust, in files. */
export interface TrustFiles {
  /** PEM files of public keys. */
  readonly requireSignature?: readonly string[];
}

/** What images are judged by, or nothing where nobody asks. Throws `SIGNATURE_KEY_INVALID` and `FILE_NOT_READABLE`. */
export async function readTrust({ requireSignature = [] }: TrustFiles): Promise<Trust | undefined> {
  const policies: SignaturePolicy[] = [];
  if (requireSignature.length > 0) {
    policies.push(requireSigners(await Promise.all(requireSignature.map(readSigner))));
  }
  return policies.length > 0 ? new Trust(joinPolicies(policies)) : undefined;
}

async function readSigner(path: string): Promise<Signer> {
  const key = parseSignatureKey(await readTextFile(path));
  if (typeof key !== "string") return keySigner(path, key);
  throw new AirgapError("SIGNATURE_KEY_INVALID", `Cannot use key "${path}": ${key}`, {
    exit: "configuration",
    hint: "Give cosign.pub, or what openssl pkey -pubout writes.",
  });
}
