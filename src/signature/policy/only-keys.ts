import { AirgapError } from "../../oci/airgap-error.ts";
import type { JsonObject } from "../../oci/json.ts";

/** Throws `JSON_INVALID` where a policy has a key that nobody knows: what is mistyped must not be taken for absent. */
export function onlyKeys(object: JsonObject, keys: readonly string[], what: string): void {
  const unknown = [...object.keys()].find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new AirgapError("JSON_INVALID", `Cannot read ${what}: its key "${unknown}" is unknown`);
  }
}
