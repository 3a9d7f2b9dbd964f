import { isDigest, shortDigest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { subjectKey } from "../../oci/subject-tags.ts";
import type { Removal, RemovalOutcome, TidiedRepository } from "../../transfer/prune/removal.ts";
import { titleTarget } from "../../transfer/report/target-name.ts";
import { countNoun } from "../output/count-noun.ts";
import { formatFailures } from "../output/failures-text.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { describeFailure } from "../output/json/report-json.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import type { Terminal } from "../terminal.ts";
import { tableFor, type TableForm } from "../output/table-form.ts";
import { formatTable } from "../output/table.ts";

/** What `delete` and `prune` did, or would do. */
export interface TidyReport {
  readonly command: "delete" | "prune";
  readonly registry: string;
  readonly dryRun: boolean;
  readonly tidied: readonly TidiedRepository[];
}

/** Prints that, in the form that is asked for. */
export function tellTidied(
  report: TidyReport,
  { json, verbose = false }: JsonFlag & { readonly verbose?: boolean },
  terminal: Terminal,
): void {
  if (json) writeJson(terminal, tidiedToJson(report));
  else terminal.stdout.write(shown(formatTidied(report, verbose, tableFor(terminal.stdout))));
}

const planned: Readonly<Record<RemovalOutcome, string>> = {
  deleted: "would delete",
  kept: "kept",
  failed: "failed",
};

/** Whether anything could not be deleted, or not be looked at. */
export function hasFailed(tidied: readonly TidiedRepository[]): boolean {
  return tidied.some(({ error, removals }) => error ?? removals.some((removal) => removal.error));
}

/** For a person: a line for each tag, and for all else where `all` is set; then why something failed, and a count. */
function formatTidied({ command, dryRun, tidied }: TidyReport, all: boolean, { columns }: TableForm): string {
  const rows = tidied.flatMap(({ title, removals }) =>
    removals
      .filter(({ reference, outcome }) => all || isTold(command, reference, outcome))
      .map(({ reference, outcome, digest, because }) => [
        printable(titleTarget(title, reference)),
        dryRun ? planned[outcome] : outcome,
        shortDigest(digest),
        describeReason(outcome, because, dryRun),
      ]),
  );
  const failures = tidied.flatMap(({ title, error, removals }) => [
    ...(error ? [{ title, error }] : []),
    ...removals.map((removal) => ({ title: titleTarget(title, removal.reference), ...removal })),
  ]);
  return [
    rows.length > 0 ? formatTable([["IMAGE", "OUTCOME", "DIGEST", "WHY"], ...rows], columns) : "",
    formatFailures(failures),
    summarize(tidied, dryRun),
  ]
    .filter(Boolean)
    .join("\n");
}

/** A pruned registry keeps many tags because of others; who asked to delete something wants to know, but for signatures. */
function isTold(command: TidyReport["command"], reference: string, outcome: RemovalOutcome): boolean {
  if (outcome === "deleted") return !isDigest(reference);
  return outcome === "failed" || (command === "delete" && subjectKey(reference) === undefined);
}

function describeReason(outcome: RemovalOutcome, because: string | undefined, dryRun: boolean): string {
  if (because === undefined || outcome !== "deleted") return printable(because ?? "");
  const doubt = dryRun ? "; the tag as well, where the registry deletes manifests only" : "";
  return printable(`its digest stays, ${because}${doubt}`);
}

function summarize(tidied: readonly TidiedRepository[], dryRun: boolean): string {
  const { tags, manifests, kept } = countRemovals(tidied);
  const what = `${countNoun(tags, "tag")} and ${countNoun(manifests, "manifest")}`;
  const where = `of ${countNoun(tidied.length, "repository", "repositories")}`;
  const rest = `${countNoun(kept, "tag")} ${kept === 1 ? "stays" : "stay"}`;
  if (dryRun) return `Would delete ${what} ${where}; ${rest}. Nothing was deleted: that takes --yes.\n`;
  const space = manifests > 0 ? " Room is made when the registry collects garbage." : "";
  return `Deleted ${what} ${where}; ${rest}.${space}\n`;
}

interface RemovalCounts {
  readonly tags: number;
  readonly manifests: number;
  readonly kept: number;
  readonly failed: number;
}

function countRemovals(tidied: readonly TidiedRepository[]): RemovalCounts {
  const removals = tidied.flatMap((repository) => repository.removals);
  const deleted = removals.filter(({ outcome }) => outcome === "deleted");
  return {
    tags: deleted.filter(({ reference }) => !isDigest(reference)).length,
    manifests: deleted.filter(({ reference }) => isDigest(reference)).length,
    kept: tidied.reduce((sum, { tagsKept }) => sum + tagsKept, 0),
    failed: [...tidied, ...removals].filter(({ error }) => error).length,
  };
}

/** The same for a program, with every tag and manifest that was to go. */
function tidiedToJson({ command, registry, dryRun, tidied }: TidyReport): Record<string, unknown> {
  const { tags, manifests, kept, failed } = countRemovals(tidied);
  return jsonDocument(command, {
    registry,
    dryRun,
    changed: tags + manifests > 0,
    images: tidied.flatMap(({ name, title, removals }) =>
      removals.map((removal) => removalToJson(name, title, removal)),
    ),
    repositories: tidied.map(({ name, tagsKept, error }) => ({
      repository: name,
      tagsKept,
      ...(error ? { error: describeFailure(error) } : {}),
    })),
    totals: { tagsDeleted: tags, manifestsDeleted: manifests, tagsKept: kept, failed },
  });
}

function removalToJson(
  repository: string,
  title: string,
  { reference, digest, outcome, because, error }: Removal,
): Record<string, unknown> {
  return {
    title: titleTarget(title, reference),
    repository,
    ...(isDigest(reference) ? {} : { tag: reference }),
    digest,
    outcome,
    changed: outcome === "deleted",
    because,
    ...(error ? { error: describeFailure(error) } : {}),
  };
}
