import type { ExitKind } from "../oci/airgap-error.ts";
import type { Refusal } from "./refusal.ts";
import { RegistryRefusal } from "./registry-refusal.ts";
import { isPassingStatus } from "./retry.ts";

/** Makes the error of a refusal: what was answered, and what the operator can do about it. */
export function refusalError(action: string, _host: string, refusal: Refusal): RegistryRefusal {
  const { code, exit } = judge(refusal);
  return new RegistryRefusal(code, `Cannot ${action}: ${describeRefusal(refusal)}`, refusal, { exit });
}

export function describeRefusal(refusal: Refusal): string {
  return `registry answered ${refusal.status}${refusal.message ? `, ${refusal.message}` : ""}`;
}

function judge(refusal: Refusal): { code: string; exit: ExitKind } {
  if (refusal.status === 401 || refusal.status === 403) return { code: "ACCESS_DENIED", exit: "denied" };
  if (isPassingStatus(refusal.status)) return { code: "REGISTRY_GAVE_UP", exit: "gaveUp" };
  return { code: "REGISTRY_REFUSED", exit: "protocol" };
}
