import { AirgapError } from "../../../oci/airgap-error.ts";
import { formatBytes } from "../../../content/byte-size.ts";
import { printable } from "../../../oci/printable.ts";
import { type Html, html } from "../../../server/page/html.ts";
import { countOutcomes } from "../../../transfer/report/outcome.ts";
import { countNoun } from "../../output/count-noun.ts";
import type { RunRecord } from "../run-record.ts";

/** What came of the run, in a line: the first thing that is read, and often the only one. */
export function describeVerdict({ outcome, warnings }: Pick<RunRecord, "outcome" | "warnings">): string {
  if (outcome instanceof AirgapError) {
    return outcome.code === "INTERRUPTED" ? "Interrupted" : "Failed: no image was published";
  }
  const { dryRun, totals, registry } = outcome;
  const images = `${totals.lists - totals.failed} of ${countNoun(totals.lists, "image")}`;
  const where = printable(registry);
  const done = dryRun
    ? `Dry run: ${images} would be published in ${where}`
    : `${images} published in ${where}`;
  const flaws = [
    ...(totals.failed > 0 ? [`${totals.failed} failed`] : []),
    ...(countWarnings(warnings) > 0 ? [countNoun(countWarnings(warnings), "warning")] : []),
  ];
  return [done, ...flaws].join(", ");
}

/** The verdict, then who did it, when, from where, with what, and what was checked. */
export function renderVerdict(record: RunRecord): Html {
  const facts = [...listResults(record.outcome), ...listCircumstances(record)];
  return html`<h1 class="${toneOf(record)}">${describeVerdict(record)}</h1>
    <dl>
      ${facts.map(
        ([term, text]) =>
          html`<dt>${term}</dt>
            <dd>${printable(text, 2000)}</dd> `,
      )}
    </dl>`;
}

function toneOf({ outcome, warnings }: RunRecord): "good" | "warn" | "bad" {
  if (outcome instanceof AirgapError || outcome.totals.failed > 0) return "bad";
  return countWarnings(warnings) > 0 ? "warn" : "good";
}

function countWarnings(warnings: RunRecord["warnings"]): number {
  return warnings.filter(({ severity }) => severity === "warning").length;
}

function listResults(outcome: RunRecord["outcome"]): [string, string][] {
  if (outcome instanceof AirgapError) return [];
  const { totals, dryRun, lists } = outcome;
  if (dryRun) return [["Images", `${countOutcomes(lists)}; nothing was sent`]];
  const { blobsPushed, bytesPushed, blobsMounted, blobsPresent } = totals;
  const blobs = `${blobsPushed} sent (${formatBytes(bytesPushed)}), ${blobsMounted} mounted, ${blobsPresent} already there`;
  return [
    ["Images", countOutcomes(lists)],
    ["Blobs", blobs],
  ];
}

function listCircumstances(record: RunRecord): [string, string][] {
  const { by, startedAt, endedAt, options, versions } = record;
  const seconds = ((endedAt.getTime() - startedAt.getTime()) / 1000).toFixed(0);
  const given = options.map(({ name, value }) => (value === "yes" ? name : `${name} ${value}`));
  return [
    ["By", `${by.user} on ${by.host}, in ${by.folder}`],
    ["When", `${formatTime(startedAt)} to ${formatTime(endedAt)} (${seconds} s)`],
    ["Options", given.join(", ") || "none"],
    ["Checksums", describeChecksums(record)],
    ["Versions", `airgap-load ${versions.airgapLoad}, Node ${versions.node}, ${versions.system}`],
  ];
}

/** An archive that is in no checksum file, or differs, ends the run: those that were read agree. */
function describeChecksums({ archives, checksums }: RunRecord): string {
  if (checksums.files.length === 0) return "archives were compared with none (--checksums)";
  const signed = checksums.keys.length > 0 ? `, signed by the key of ${checksums.keys.join(", ")}` : "";
  return `${countNoun(archives.length, "archive")} verified against ${checksums.files.join(", ")}${signed}`;
}

function formatTime(time: Date): string {
  return time
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}
