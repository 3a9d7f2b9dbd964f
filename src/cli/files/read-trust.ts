import { toPlainUtf8 } from "../../content/decode-text.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { CertificateRules } from "../../signature/images/keyless-signer.ts";
import type { Signer } from "../../signature/images/signer.ts";
import {
  joinPolicies,
  requireSigners,
  type SignaturePolicy,
} from "../../signature/policy/signature-policy.ts";
import type { Trust } from "../../transfer/trust/trust.ts";
import { usageError } from "../usage-error.ts";
import { readSmallFile, readTextFile } from "./read-lines.ts";

/** Who must have signed images: the options of the command line, under their own names. */
export interface TrustFiles {
  /** PEM files of public keys, of which one must have signed every image. */
  readonly requireSignature?: readonly string[];
  /** A file that says which names need which keys, in the form of podman's and skopeo's `policy.json`. */
  readonly signaturePolicy?: string;
  /** A `trusted_root.json`, whose certificates may have signed images as well, for such an identity. */
  readonly trustedRoot?: string;
  readonly certificateIdentity?: string;
  readonly certificateIdentityRegexp?: string;
  readonly certificateOidcIssuer?: string;
  readonly certificateOidcIssuerRegexp?: string;
}

/** The options of these among all that there are. */
export function pickTrustFiles(flags: TrustFiles): TrustFiles {
  const { requireSignature, signaturePolicy, trustedRoot } = flags;
  const { certificateIdentity, certificateIdentityRegexp } = flags;
  const { certificateOidcIssuer, certificateOidcIssuerRegexp } = flags;
  return Object.fromEntries(
    Object.entries({
      requireSignature,
      signaturePolicy,
      trustedRoot,
      certificateIdentity,
      certificateIdentityRegexp,
      certificateOidcIssuer,
      certificateOidcIssuerRegexp,
    }).filter(([, value]) => value !== undefined),
  );
}

/**
 * What images are judged by, or nothing where nobody asks. Throws `SIGNATURE_KEY_INVALID`, `SIGNATURE_POLICY_INVALID`,
 * `TRUSTED_ROOT_INVALID`, `FILE_NOT_READABLE` and usage errors.
 */
export async function readTrust(files: TrustFiles): Promise<Trust | undefined> {
  const { requireSignature = [], signaturePolicy } = files;
  const policies: SignaturePolicy[] = [];
  const signers = [...(await Promise.all(requireSignature.map(readSigner))), ...(await readKeyless(files))];
  if (signers.length > 0) policies.push(requireSigners(signers));
  if (signaturePolicy !== undefined) policies.push(await readPolicyFile(signaturePolicy));
  if (policies.length === 0) return undefined;
  const { Trust } = await import("../../transfer/trust/trust.ts");
  return new Trust(joinPolicies(policies));
}

async function readSigner(path: string): Promise<Signer> {
  return makeSigner(path, await readTextFile(path));
}

/** The libraries for signatures are read when somebody asks for them. */
async function makeSigner(title: string, pem: string): Promise<Signer> {
  const { parseSignatureKey } = await import("../../signature/images/public-key.ts");
  const { keySigner } = await import("../../signature/images/signer.ts");
  const key = parseSignatureKey(pem);
  if (typeof key !== "string") return keySigner(title, key);
  throw new AirgapError("SIGNATURE_KEY_INVALID", `Cannot use key "${title}": ${key}`, {
    exit: "configuration",
    hint: "Give cosign.pub, or what openssl pkey -pubout writes.",
  });
}

async function readPolicyFile(path: string): Promise<SignaturePolicy> {
  const { readPolicy } = await import("../../signature/policy/policy-json.ts");
  const bytes = toPlainUtf8(await readSmallFile(path));
  try {
    return await readPolicy(bytes, (given) =>
      "path" in given ? readSigner(given.path) : makeSigner(`a key in ${path}`, given.pem),
    );
  } catch (error) {
    if (!(error instanceof AirgapError) || error.code !== "JSON_INVALID") throw error;
    throw new AirgapError("SIGNATURE_POLICY_INVALID", `Cannot use "${path}": ${error.message}`, {
      exit: "configuration",
      hint: "It is in the form of podman's and skopeo's policy.json: containers-policy.json(5).",
      cause: error,
    });
  }
}

async function readKeyless(files: TrustFiles): Promise<Signer[]> {
  const { trustedRoot } = files;
  const identity = readRule(
    "--certificate-identity",
    files.certificateIdentity,
    files.certificateIdentityRegexp,
  );
  const issuer = readRule(
    "--certificate-oidc-issuer",
    files.certificateOidcIssuer,
    files.certificateOidcIssuerRegexp,
  );
  if (trustedRoot === undefined && !identity && !issuer) return [];
  if (trustedRoot === undefined || !identity || !issuer) {
    throw usageError(
      "Cannot check certificates: --trusted-root, --certificate-identity and --certificate-oidc-issuer go together",
      "Whoever has an account of an issuer can get a certificate: say whose you trust.",
    );
  }
  const { readTrustedRoot } = await import("../../signature/images/trusted-root.ts");
  const { keylessSigner } = await import("../../signature/images/keyless-signer.ts");
  const root = readTrustedRoot(toPlainUtf8(await readSmallFile(trustedRoot)));
  if (typeof root !== "string") return [keylessSigner(root, { identity, issuer })];
  throw new AirgapError("TRUSTED_ROOT_INVALID", `Cannot use trusted root "${trustedRoot}": ${root}`, {
    exit: "configuration",
    hint: "Give the trusted_root.json of the sigstore instance, fetched outside: cosign trusted-root create writes one.",
  });
}

/** A text, or a regular expression that may match anywhere, as cosign's do. */
function readRule(
  option: string,
  exact: string | undefined,
  pattern: string | undefined,
): CertificateRules["identity"] | undefined {
  if (exact !== undefined && pattern !== undefined) {
    throw usageError(`Cannot take both ${option} and ${option}-regexp`);
  }
  if (exact) return (text) => text === exact;
  if (pattern === undefined) return undefined;
  try {
    const expression = new RegExp(pattern, "u");
    return (text) => expression.test(text);
  } catch {
    throw usageError(`Cannot read ${option}-regexp "${pattern}": it is no regular expression`);
  }
}
