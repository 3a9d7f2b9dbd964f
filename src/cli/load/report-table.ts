import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import { countOutcomes, imageWordOf, wordOf } from "../../transfer/report/outcome.ts";
import type { ListReport, LoadReport } from "../../transfer/report/report.ts";
import { formatBytes } from "../../content/byte-size.ts";
import { countNoun } from "../output/count-noun.ts";
import { formatFailures } from "../output/failures-text.ts";
import { formatMovedTags } from "../output/moved-tag.ts";
import { formatDigest, type TableForm, wholeTable } from "../output/table-form.ts";
import { shortPlatform } from "../output/short-platform.ts";
import { formatTable } from "../output/table.ts";

/** What a run did, for a person: image by platform, each list's digest, short where it is for a terminal, what moved tags named before, totals. */
export function formatReportTable(
  report: LoadReport,
  connection: string,
  form: TableForm = wholeTable,
): string {
  const header = ["IMAGE", ...report.platforms.map(formatColumn), "LIST"];
  const keys = report.platforms.map(platformKey);
  const rows = report.lists.map((list) => [
    printable(list.title),
    ...cellsOf(list, keys, report.dryRun),
    formatDigest(list.digest, form) ?? (report.dryRun ? imageWordOf(list.outcome, true) : "not published"),
  ]);
  return [
    formatTable([header, ...rows], form.columns),
    report.dryRun ? "" : formatMovedTags(report.lists, connection),
    formatFailures(report.lists),
    `${formatTotals(report)}\n`,
  ]
    .filter(Boolean)
    .join("\n");
}

function formatColumn(platform: Platform): string {
  return shortPlatform(formatPlatform(platform)).toUpperCase();
}

/** By the platforms' keys. */
function cellsOf({ cells }: ListReport, keys: readonly string[], dryRun: boolean): string[] {
  const words = new Map(
    cells.map(({ platform, outcome }) => [platformKey(platform), wordOf(outcome, dryRun)]),
  );
  return keys.map((key) => words.get(key) ?? "-");
}

function formatTotals({ lists, dryRun, totals, registry }: LoadReport): string {
  const images = `${countNoun(lists.length, "image")} for ${registry}: ${countOutcomes(lists)}`;
  if (dryRun) return `Dry run, ${images}. Nothing was sent.`;
  const sent = `${countNoun(totals.blobsPushed, "blob")} sent (${formatBytes(totals.bytesPushed)})`;
  return `${images}; ${sent}, ${totals.blobsMounted} mounted, ${totals.blobsPresent} already there; ${totals.seconds.toFixed(1)} s`;
}
