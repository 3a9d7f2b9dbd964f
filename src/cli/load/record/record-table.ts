import { printable } from "../../../oci/printable.ts";
import { type Html, html, type HtmlPart } from "../../../server/page/html.ts";

/** A digest or the like. */
export function renderCode(text: string): Html {
  return html`<code>${printable(text, 2000)}</code>`;
}

/** A table under a heading of its own; nothing where it has no rows. */
export function renderTable(
  title: string,
  header: readonly string[],
  rows: readonly (readonly HtmlPart[])[],
): Html {
  if (rows.length === 0) return html``;
  return html`<h2>${title}</h2>
    <table>
      <thead>
        <tr>
          ${header.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;
}
