import { type AirgapError, detailOf } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

interface Failed {
  readonly title: string;
  readonly error: AirgapError;
}

/** Why images failed, with what to do about it; what several failed for is told once. Empty where none did. */
export function formatFailures(
  images: readonly { readonly title: string; readonly error?: AirgapError }[],
): string {
  const groups = new Map<string, Failed[]>();
  for (const { title, error } of images) {
    if (!error) continue;
    const cause = [error.code, detailOf(error), error.hint].join("\n");
    const group = groups.get(cause);
    if (group) group.push({ title, error });
    else groups.set(cause, [{ title, error }]);
  }
  const told = [...groups.values()].flatMap(describeGroup);
  return told.length ? `Failed:\n${told.join("\n")}\n` : "";
}

function describeGroup(group: readonly Failed[]): string[] {
  const [{ title, error }] = group as [Failed];
  const hint = error.hint ? [`  ${error.hint}`] : [];
  if (group.length === 1) return [`${printable(title)}: [${error.code}] ${error.message}`, ...hint];
  return [
    `${group.length} images: [${error.code}] ${detailOf(error)}`,
    ...group.map((failed) => `  - ${printable(failed.title)}`),
    ...hint,
  ];
}
