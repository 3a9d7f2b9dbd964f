import { groupBy } from "../../content/group-by.ts";
import { type AirgapError, detailOf } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

interface Failed extends Named {
  readonly error: AirgapError;
}

/** An image by its name, and where a list of images has it. */
interface Named {
  readonly title: string;
  readonly where?: string | undefined;
}

/** Why images failed, with what to do about it. Empty where none did. */
export function formatFailures(images: readonly PerhapsFailed[]): string {
  const told = listFailures(images);
  return told.length ? `Failed:\n${told.join("\n")}\n` : "";
}

type PerhapsFailed = Named & { readonly error?: AirgapError };

/** The same in lines, a text for each cause: what several failed for is told once. */
export function listFailures(images: readonly PerhapsFailed[]): string[] {
  const failed = images.flatMap(({ title, where, error }): Failed[] =>
    error ? [{ title, where, error }] : [],
  );
  const groups = groupBy(failed, ({ error }) => [error.code, detailOf(error), error.hint].join("\n"));
  return [...groups.values()].map((group) => describeGroup(group).join("\n"));
}

function describeGroup(group: readonly Failed[]): string[] {
  const [first] = group as [Failed];
  const { error } = first;
  const hint = error.hint ? [`  ${error.hint}`] : [];
  if (group.length === 1) return [`${nameOf(first)}: [${error.code}] ${error.message}`, ...hint];
  return [
    `${group.length} images: [${error.code}] ${detailOf(error)}`,
    ...group.map((failed) => `  - ${nameOf(failed)}`),
    ...hint,
  ];
}

function nameOf({ title, where }: Named): string {
  return printable(where === undefined ? title : `${title} (${where})`, 1000);
}
