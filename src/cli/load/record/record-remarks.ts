import { AirgapError } from "../../../oci/airgap-error.ts";
import type { Notice } from "../../../content/notice.ts";
import { printable } from "../../../oci/printable.ts";
import { type Html, html } from "../../../server/page/html.ts";
import type { ListReport, LoadReport } from "../../../transfer/report/report.ts";
import { describeImage, groupNotices, type NoticeGroup } from "../../../transfer/report/describe-notices.ts";
import { listFailures } from "../../output/failures-text.ts";
import { countNoun } from "../../output/count-noun.ts";
import { putBackCommand } from "../../output/put-back-command.ts";
import { renderFolded, renderSection } from "./record-table.ts";

/** Why something failed, and what to do about it. */
export function renderFailures(outcome: LoadReport | AirgapError): Html {
  if (outcome instanceof AirgapError) return renderSection("Why", [renderLines(describe(outcome))]);
  return renderSection("Failed", listFailures(outcome.lists).map(renderLines));
}

function describe({ code, message, hint }: AirgapError): string {
  return `[${code}] ${message}${hint ? `\n${hint}` : ""}`;
}

/** Warnings, each text once with all that it concerns; notes are folded. */
export function renderWarnings(warnings: readonly Notice[]): readonly Html[] {
  const of = (severity: Notice["severity"]): Notice[] => warnings.filter((one) => one.severity === severity);
  return [
    renderSection("Warnings", renderNotices(of("warning"))),
    renderFolded(countNoun(of("note").length, "note"), renderNotices(of("note"))),
  ];
}

function renderNotices(notices: readonly Notice[]): Html[] {
  const items = groupNotices(notices).map(renderGroup);
  return items.length > 0
    ? [
        html`<ul>
          ${items}
        </ul>`,
      ]
    : [];
}

function renderGroup({ text, images }: NoticeGroup): Html {
  const [first, second] = images;
  if (!second) return html`<li>${printable(first ? `${first.subject}: ${text}` : text, 5000)}</li> `;
  const items = images.map((image) => html`<li>${printable(describeImage(image), 5000)}</li> `);
  return html`<li>
    ${printable(`${images.length} images: ${text}`, 5000)}
    <ul>
      ${items}
    </ul>
  </li> `;
}

/** Tags that named something else before, with the commands that put them back. */
export function renderPrevious({ lists, dryRun }: LoadReport, connection: string): Html {
  const moved = dryRun ? [] : lists.flatMap((list) => listMoved(list, connection));
  return renderSection("Tags that named something else before", moved.map(renderLines));
}

/** The list's own tag, and those of its children. */
function listMoved({ title, repositoryTitle, cells, previous }: ListReport, connection: string): string[] {
  const children = cells.flatMap(({ archTag, previous: before }) =>
    archTag === undefined ? [] : [{ title: `${repositoryTitle}:${archTag}`, before }],
  );
  return [{ title, before: previous }, ...children].flatMap((tag) => {
    if (!tag.before) return [];
    const command = putBackCommand({ ...tag, repositoryTitle }, tag.before, connection);
    return [`${tag.title} was ${tag.before}${command === undefined ? "" : `\nback: ${command}`}`];
  });
}

function renderLines(text: string): Html {
  const lines = text.split("\n").map((line) => printable(line, 2000));
  return html`<pre>${lines.join("\n")}</pre> `;
}
