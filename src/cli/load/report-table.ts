import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { ListReport, LoadReport } from "../../transfer/report/report.ts";
import { formatBytes } from "../output/byte-size.ts";
import { countNoun } from "../output/count-noun.ts";
import { formatFailures } from "../output/failures-text.ts";
import { formatMovedTags } from "../output/moved-tag.ts";
import { formatTable } from "../output/table.ts";

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
    report.dryRun ? "" : formatMovedTags(report.lists),
    formatFailures(report.lists),
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

function formatTotals({ lists, dryRun, totals, registry }: LoadReport): string {
  const published = lists.length - totals.failed;
  const failed = totals.failed ? `, ${totals.failed} failed` : "";
  if (dryRun)
    return `Dry run: ${countNoun(published, "image")} would be published to ${registry}${failed}. Nothing was sent.`;
  const sent = `${countNoun(totals.blobsPushed, "blob")} sent (${formatBytes(totals.bytesPushed)})`;
  return `${countNoun(published, "image")} published to ${registry}${failed}; ${sent}, ${totals.blobsMounted} mounted, ${totals.blobsPresent} already there; ${totals.seconds.toFixed(1)} s`;
}
