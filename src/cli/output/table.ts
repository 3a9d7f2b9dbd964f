/**
 * Rows as text, columns as wide as they must be, two spaces between; the last column is never padded. Where that is wider than
 * there is room for, the registry that all images are in stands in the header alone.
 */
export function formatTable(rows: readonly (readonly string[])[], columns: number = Infinity): string {
  const lines = formatRows(rows);
  return lines.every((line) => line.length <= columns)
    ? joinLines(lines)
    : joinLines(formatRows(nameOnce(rows)));
}

function formatRows(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

const images = "IMAGE";
/** Of a name in a registry; a folder has none. */
const hostPattern = /^(?:\[[^\]]*\]|[^/:]+)(?::\d+)?\//;

function nameOnce(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const [header = [], ...others] = rows;
  const at = header.indexOf(images);
  const hosts = new Set(others.map((row) => hostPattern.exec(row[at] ?? "")?.[0]));
  const [host] = hosts;
  if (host === undefined || hosts.size > 1) return rows;
  return [
    header.with(at, `${images} AT ${host.slice(0, -1)}`),
    ...others.map((row) => row.with(at, (row[at] ?? "").slice(host.length))),
  ];
}
