import { formatPlatform, platformKey } from "../../../oci/platform.ts";
import { printable } from "../../../oci/printable.ts";
import { type Html, html } from "../../../server/page/html.ts";
import {
  imageOutcomes,
  imageWordOf,
  type Outcome,
  outcomes,
  wordOf,
} from "../../../transfer/report/outcome.ts";
import type { ListReport, LoadReport } from "../../../transfer/report/report.ts";
import { countNoun } from "../../output/count-noun.ts";
import { renderCode, renderFolded, renderSection, renderTable } from "./record-table.ts";

/** Image by platform: what failed first, then what is new; what is as it was is counted, and folded. */
export function renderImages(report: LoadReport): readonly Html[] {
  const told = report.lists.filter((list) => !isQuiet(list));
  const failed = told.filter(({ error }) => error);
  const quiet = report.lists.filter(isQuiet);
  return [
    renderSection("Images", renderMatrix(report, [...failed, ...told.filter(({ error }) => !error)])),
    renderFolded(`${countNoun(quiet.length, "image")} unchanged`, renderMatrix(report, quiet)),
  ];
}

function isQuiet({ outcome, cells, error }: ListReport): boolean {
  return (
    !error && !imageOutcomes[outcome].changes && cells.every((cell) => outcomes[cell.outcome].tone !== "bad")
  );
}

function renderMatrix({ platforms, dryRun }: LoadReport, lists: readonly ListReport[]): Html[] {
  const rows = lists.map((list) => [
    html`<b>${printable(list.title)}</b> ${renderList(list, dryRun)}`,
    ...platforms.map((platform) => {
      const cell = list.cells.find((candidate) => platformKey(candidate.platform) === platformKey(platform));
      return cell ? renderOutcome(cell.outcome, dryRun) : html`-`;
    }),
  ]);
  return renderTable(["Image", ...platforms.map(formatPlatform)], rows);
}

function renderList({ digest, outcome }: ListReport, dryRun: boolean): Html {
  return renderCode(digest ?? (dryRun ? imageWordOf(outcome, true) : "not published"));
}

function renderOutcome(outcome: Outcome, dryRun: boolean): Html {
  return html`<span class="${outcomes[outcome].tone}">${wordOf(outcome, dryRun)}</span>`;
}

/** What single images of lists are under, for whoever looks for one: on a screen alone. */
export function renderDigests({ lists }: LoadReport): Html {
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
  const header = ["Image", "Platform", "Manifest", "Image ID", "Tag of its own"];
  return renderFolded(`Digests of ${countNoun(rows.length, "single image")}`, renderTable(header, rows));
}
