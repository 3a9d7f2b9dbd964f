import { generalRules, type RefusalRule } from "./refusal-rules.ts";
import type { RefusalContext } from "./refusal-context.ts";
import type { Refusal } from "./refusal.ts";
import { RegistryRefusal } from "./registry-refusal.ts";

/** Makes the error of a refusal: what was answered, and what the operator can do about it. */
export function refusalError(
  action: string,
  refusal: Refusal,
  context: RefusalContext,
  rules: readonly RefusalRule[] = generalRules,
): RegistryRefusal {
  const rule = rules.find((candidate) => candidate.matches(refusal));
  const hint = rule?.hint?.(context);
  return new RegistryRefusal(
    rule?.code ?? "REGISTRY_REFUSED",
    `Cannot ${action}: registry answered ${refusal.status}${refusal.message ? `, ${refusal.message}` : ""}`,
    refusal,
    { exit: rule?.exit ?? "protocol", ...(hint ? { hint } : {}) },
  );
}
