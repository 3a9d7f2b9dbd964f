import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial, Verifier } from "@sigstore/verify";
import { AirgapError, asClause } from "../../oci/airgap-error.ts";
import { parseJson } from "../../oci/json.ts";

/**
 * Reads the certificate authorities, timestamp authorities and logs of a `trusted_root.json`; gives why it is none, a clause.
 * What the root names is what is asked for: a log entry where it has logs, a promise of a certificate log where it has those,
 * and a time of the signature always, from either a log or a timestamp authority.
 */
export function readTrustedRoot(bytes: Uint8Array): Verifier | string {
  try {
    parseJson(bytes, { what: "a trusted root" });
    const root = TrustedRoot.fromJSON(JSON.parse(new TextDecoder().decode(bytes)));
    if (root.certificateAuthorities.length === 0) return "it names no certificate authority";
    return new Verifier(toTrustMaterial(root), {
      tlogThreshold: Math.min(root.tlogs.length, 1),
      ctlogThreshold: Math.min(root.ctlogs.length, 1),
      timestampThreshold: 1,
    });
  } catch (error) {
    // The library has no one class of errors for what is malformed.
    return error instanceof AirgapError ? asClause(error) : "it is malformed";
  }
}
