import { printable } from "../../../oci/printable.ts";
import { type Html, html, type HtmlPart } from "../../../server/page/html.ts";

/** A digest or the like. */
export function renderCode(text: string): Html {
  return html`<code>${printable(text, 2000)}</code>`;
}

/** What stands under a heading of its own; nothing where there is nothing. */
export function renderSection(title: string, items: readonly Html[]): Html {
  return items.length
    ? html`<h2>${title}</h2>
        ${items}`
    : html``;
}

/** The same, opened by a click: paper has the title alone. */
export function renderFolded(title: string, items: readonly Html[]): Html {
  return items.length
    ? html`<details>
        <summary>${title}</summary>
        ${items}
      </details>`
    : html``;
}

/** A table; none where it has no rows. */
export function renderTable(header: readonly string[], rows: readonly (readonly HtmlPart[])[]): Html[] {
  if (rows.length === 0) return [];
  return [
    html`<table>
      <thead>
        <tr>
          ${header.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, column) => html`<td data-label="${header[column] ?? ""}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`,
  ];
}
