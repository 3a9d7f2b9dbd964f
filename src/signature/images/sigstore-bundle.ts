import { type Bundle, bundleFromJSON } from "@sigstore/bundle";
import { AirgapError, asClause } from "../../oci/airgap-error.ts";
import { parseJson } from "../../oci/json.ts";

/** Reads a bundle strictly; gives why it is none, a clause. */
export function parseBundle(bytes: Uint8Array): Bundle | string {
  try {
    parseJson(bytes, { what: "a bundle" });
    return bundleFromJSON(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    // The library has no one class of errors for what is malformed.
    const detail = error instanceof AirgapError ? asClause(error) : "it is malformed";
    return `its bundle cannot be used: ${detail}`;
  }
}
