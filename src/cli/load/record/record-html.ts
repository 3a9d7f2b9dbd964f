import { AirgapError } from "../../../oci/airgap-error.ts";
import { formatPlatform, platformKey } from "../../../oci/platform.ts";
import { printable } from "../../../oci/printable.ts";
import { type Html, html } from "../../../server/page/html.ts";
import { imageWordOf, type Outcome, outcomes, wordOf } from "../../../transfer/report/outcome.ts";
import type { ListReport, LoadReport } from "../../../transfer/report/report.ts";
import type { ArchiveRecord, RunRecord } from "../run-record.ts";
import { formatBytes } from "../../../content/byte-size.ts";
import { putBackCommand } from "../../output/put-back-command.ts";
import { renderCode, renderTable } from "./record-table.ts";
import { renderSignatures } from "./record-signatures.ts";
import { recordStyle } from "./record-style.ts";

/** A run as one page to attach to a change ticket: no scripts, nothing from elsewhere, fit for paper. */
export function recordToHtml(record: RunRecord): string {
  const { outcome } = record;
  const title = titleOf(outcome);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        ${{ markup: `<style>${recordStyle}</style>` }}
      </head>
      <body>
        <h1>${title}</h1>
        ${renderSummary(record)}
        ${outcome instanceof AirgapError ? renderFailure(outcome) : renderReport(outcome, record.connection)}
        ${renderArchives(record.archives)}
        <footer>airgap-load ${record.versions.airgapLoad}</footer>
      </body>
    </html> `.markup;
}

function titleOf(outcome: LoadReport | AirgapError): string {
  if (outcome instanceof AirgapError) return "No images loaded";
  const { registry, dryRun, totals } = outcome;
  const failed = totals.failed ? `, ${totals.failed} failed` : "";
  return dryRun
    ? `Dry run of loading images into ${printable(registry)}${failed}`
    : `Images loaded into ${printable(registry)}${failed}`;
}

function renderSummary({ outcome, startedAt, endedAt, versions }: RunRecord): Html {
  const facts: [string, string][] = [
    ["Started", formatTime(startedAt)],
    ["Ended", formatTime(endedAt)],
    ["Versions", `airgap-load ${versions.airgapLoad}, Node ${versions.node}, ${versions.system}`],
    ...(outcome instanceof AirgapError ? [] : listTotals(outcome)),
  ];
  return html`<dl>
    ${facts.map(
      ([term, text]) =>
        html`<dt>${term}</dt>
          <dd>${text}</dd> `,
    )}
  </dl>`;
}

function formatTime(time: Date): string {
  return time
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

function listTotals({ totals, dryRun }: LoadReport): [string, string][] {
  const published = `${totals.lists - totals.failed} of ${totals.lists}`;
  if (dryRun) return [["Would be published", published]];
  const { blobsPushed, bytesPushed, blobsMounted, blobsPresent } = totals;
  const blobs = `${blobsPushed} sent (${formatBytes(bytesPushed)}), ${blobsMounted} mounted, ${blobsPresent} already there`;
  return [
    ["Published", published],
    ["Blobs", blobs],
  ];
}

function renderFailure({ code, message, hint }: AirgapError): Html {
  return renderSection("Failed", [renderLines(`[${code}] ${message}${hint ? `\n\n${hint}` : ""}`)]);
}

function renderReport(report: LoadReport, connection: string): readonly Html[] {
  const { lists, warnings } = report;
  return [
    renderMatrix(report),
    renderSection("Failed", lists.flatMap(renderListFailure)),
    renderSection(
      "Tags that named something else before",
      report.dryRun ? [] : lists.flatMap((list) => renderPrevious(list, connection)),
    ),
    renderSection(
      "Warnings",
      warnings.map(({ severity, subject, text }) =>
        renderText(`${severity}: ${subject ? `${subject}: ` : ""}${text}`),
      ),
    ),
    renderDigests(lists),
    renderSignatures(lists),
  ];
}

function renderSection(title: string, items: readonly Html[]): Html {
  return items.length
    ? html`<h2>${title}</h2>
        ${items}`
    : html``;
}

function renderText(text: string): Html {
  return html`<p>${printable(text, 2000)}</p> `;
}

function renderLines(text: string): Html {
  const lines = text.split("\n").map((line) => printable(line, 2000));
  return html`<pre>${lines.join("\n")}</pre> `;
}

function renderMatrix({ lists, platforms, dryRun }: LoadReport): Html {
  const rows = lists.map((list) => [
    html`<b>${printable(list.title)}</b>`,
    ...platforms.map((platform) => {
      const cell = list.cells.find((candidate) => platformKey(candidate.platform) === platformKey(platform));
      return cell ? renderOutcome(cell.outcome, dryRun) : html`-`;
    }),
    list.digest || !dryRun ? renderCode(list.digest ?? "not published") : imageWordOf(list.outcome, true),
  ]);
  return renderTable("Images", ["Image", ...platforms.map(formatPlatform), "List"], rows);
}

function renderOutcome(outcome: Outcome, dryRun: boolean): Html {
  return html`<span class="${outcomes[outcome].tone}">${wordOf(outcome, dryRun)}</span>`;
}

function renderListFailure({ title, error }: ListReport): Html[] {
  if (!error) return [];
  const hint = error.hint ? `\n${error.hint}` : "";
  return [renderLines(`${title}: [${error.code}] ${error.message}${hint}`)];
}

/** The list's own tag, and those of its children. */
function renderPrevious({ title, repositoryTitle, cells, previous }: ListReport, connection: string): Html[] {
  const children = cells.flatMap(({ archTag, previous: before }) =>
    archTag === undefined ? [] : [{ title: `${repositoryTitle}:${archTag}`, before }],
  );
  return [{ title, before: previous }, ...children].flatMap((tag) => {
    if (!tag.before) return [];
    const command = putBackCommand({ ...tag, repositoryTitle }, tag.before, connection);
    const back = command === undefined ? "" : `\nback: ${command}`;
    return [renderLines(`${tag.title} was ${tag.before}${back}`)];
  });
}

function renderDigests(lists: readonly ListReport[]): Html {
  const rows = lists.flatMap(({ title, cells }) =>
    cells.flatMap(({ platform, digest, config, archTag }) =>
      digest
        ? [
            [
              printable(title),
              formatPlatform(platform),
              renderCode(digest),
              renderCode(config ?? "-"),
              printable(archTag ?? "-"),
            ],
          ]
        : [],
    ),
  );
  return renderTable("Digests", ["Image", "Platform", "Manifest", "Image ID", "Tag of its own"], rows);
}

function renderArchives(archives: readonly ArchiveRecord[]): Html {
  const rows = archives.map(({ title, images, size, writer, sha256 }) => [
    printable(title),
    images,
    formatBytes(size),
    printable(writer),
    renderCode(sha256 ?? "-"),
  ]);
  return renderTable("Archives", ["Archive", "Images", "Size", "Written by", "sha256"], rows);
}
