import { shortDigest } from "../../../oci/digest.ts";
import { formatPlatform } from "../../../oci/platform.ts";
import { printable } from "../../../oci/printable.ts";
import { type Html, html, type HtmlPart } from "../../../server/page/html.ts";
import type { ListReport } from "../../../transfer/report/report.ts";
import { renderCode, renderSection, renderTable } from "./record-table.ts";

/** Image by image what is signed, and who was found to have signed it. */
export function renderSignatures(lists: readonly ListReport[]): Html {
  const header = ["Image", "Signed", "Signature", "Verified"];
  if (lists.every(({ signatures = [] }) => signatures.length === 0)) {
    return lists.length > 0
      ? renderSection("Signatures", [html`<p>None of the images is signed.</p>`])
      : html``;
  }
  return renderSection("Signatures", renderTable(header, lists.flatMap(listRows)));
}

function listRows({ title, digest, madeHere, signatures = [], cells }: ListReport): HtmlPart[][] {
  const name = printable(title);
  const rows: HtmlPart[][] = signatures.map(({ subject, digest: holder, signer }) => {
    const cell = cells.find((each) => each.digest === subject);
    const what = cell && subject !== digest ? formatPlatform(cell.platform) : "as a whole";
    return [
      name,
      what,
      renderCode(shortDigest(holder)),
      signer ? `by ${printable(signer)}` : "not looked at",
    ];
  });
  if (madeHere) return [[name, "made here, the list itself is signed by nobody", "-", "-"], ...rows];
  if (rows.length > 0 || cells.length === 0) return rows;
  return [[name, "not signed", "-", "-"]];
}
