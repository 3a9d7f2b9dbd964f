import { formatBytes } from "../../../content/byte-size.ts";
import { AirgapError } from "../../../oci/airgap-error.ts";
import { printable } from "../../../oci/printable.ts";
import { type Html, html } from "../../../server/page/html.ts";
import type { LoadReport } from "../../../transfer/report/report.ts";
import type { ArchiveRecord, RunRecord } from "../run-record.ts";
import { renderDigests, renderImages } from "./record-images.ts";
import { renderFailures, renderPrevious, renderWarnings } from "./record-remarks.ts";
import { renderSignatures } from "./record-signatures.ts";
import { recordStyle } from "./record-style.ts";
import { renderCode, renderSection, renderTable } from "./record-table.ts";
import { describeVerdict, renderVerdict } from "./record-verdict.ts";

/** A run as one page to attach to a change ticket, in pieces: no scripts, nothing from elsewhere, fit for paper. */
export function* recordToHtml(record: RunRecord): Generator<string> {
  const [head = "", end = ""] = renderFrame(record).markup.split(report.markup);
  yield head;
  const { outcome, connection, warnings } = record;
  for (const { markup } of renderWarnings(warnings)) yield markup;
  if (!(outcome instanceof AirgapError)) {
    for (const { markup } of renderReport(outcome, connection)) yield markup;
  }
  yield end;
}

/** Where the report stands in the page: nothing that is put into it can look so. */
const report: Html = { markup: "<!-- report -->" };

function renderFrame(record: RunRecord): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${describeVerdict(record)}</title>
        ${{ markup: `<style>${recordStyle}</style>` }}
      </head>
      <body>
        ${renderVerdict(record)} ${renderFailures(record.outcome)} ${report}
        ${renderArchives(record.archives)}
        <footer>airgap-load ${record.versions.airgapLoad}</footer>
      </body>
    </html> `;
}

function* renderReport(told: LoadReport, connection: string): Generator<Html> {
  yield renderPrevious(told, connection);
  yield* renderImages(told);
  yield renderDigests(told);
  yield renderSignatures(told.lists);
}

function renderArchives(archives: readonly ArchiveRecord[]): Html {
  const rows = archives.map(({ title, images, size, writer, sha256 }) => [
    html`<b>${printable(title)}</b> ${renderCode(sha256 ? `sha256 ${sha256}` : "-")}`,
    images,
    formatBytes(size),
    printable(writer),
  ]);
  return renderSection("Archives", renderTable(["Archive", "Images", "Size", "Written by"], rows));
}
