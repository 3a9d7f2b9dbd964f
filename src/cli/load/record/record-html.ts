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

/** A run as one page to attach to a change ticket: no scripts, nothing from elsewhere, fit for paper. */
export function recordToHtml(record: RunRecord): string {
  const { outcome, connection } = record;
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
        ${renderVerdict(record)} ${renderFailures(outcome)}
        ${outcome instanceof AirgapError ? html`` : renderReport(outcome, connection)}
        ${renderArchives(record.archives)}
        <footer>airgap-load ${record.versions.airgapLoad}</footer>
      </body>
    </html> `.markup;
}

function renderReport(report: LoadReport, connection: string): readonly Html[] {
  return [
    ...renderWarnings(report),
    renderPrevious(report, connection),
    ...renderImages(report),
    renderDigests(report),
    renderSignatures(report.lists),
  ];
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
