import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { ListReport, LoadReport } from "../../transfer/report.ts";
import { formatBytes } from "./byte-size.ts";
import { formatMovedTag } from "./moved-tag.ts";
import { formatTable } from "./table.ts";

/** What a run did, for a person: image by platform, each list's digest, what moved tags named before, totals. */
export function formatReportTable(report: LoadReport): string {
  const header = ["IMAGE", ...report.platforms.map(formatColumn), "LIST"];
  const rows = report.lists.map((list) => [
    printable(list.title),
    ...report.platforms.map((platform) => cellOf(list, platform)),
    list.digest ?? (report.dryRun ? "" : "not published"),
  ]);
  return [
    formatTable([header, ...rows]),
    formatMoved(report),
    formatFailures(report),
    `${formatTotals(report)}\n`,
  ]
    .filter(Boolean)
    .join("\n");
}

function formatColumn(platform: Platform): string {
  return formatPlatform(platform)
    .replace(/^linux\//, "")
    .toUpperCase();
}

function cellOf({ cells }: ListReport, platform: Platform): string {
  return cells.find((cell) => platformKey(cell.platform) === platformKey(platform))?.outcome ?? "-";
}

/** Digests that tags named before, with what puts them back. */
function formatMoved({ lists, dryRun }: LoadReport): string {
  const lines = lists.flatMap(({ title, previous }) => (previous ? formatMovedTag(title, previous) : []));
  if (lines.length === 0 || dryRun) return "";
  return `Tags that named something else before:\n${lines.join("")}`;
}

function formatFailures({ lists }: LoadReport): string {
  const failed = lists.flatMap(({ title, error }) =>
    error
      ? [`${printable(title)}: [${error.code}] ${error.message}${error.hint ? `\n  ${error.hint}` : ""}`]
      : [],
  );
  return failed.length ? `Failed:\n${failed.join("\n")}\n` : "";
}

function formatTotals({ lists, dryRun, totals, registry }: LoadReport): string {
  const published = lists.length - totals.failed;
  const failed = totals.failed ? `, ${totals.failed} failed` : "";
  if (dryRun)
    return `Dry run: ${count(published, "image")} would be published to ${registry}${failed}. Nothing was sent.`;
  const sent = `${count(totals.blobsPushed, "blob")} sent (${formatBytes(totals.bytesPushed)})`;
  return `${count(published, "image")} published to ${registry}${failed}; ${sent}, ${totals.blobsMounted} mounted, ${totals.blobsPresent} already there; ${totals.seconds.toFixed(1)} s`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
