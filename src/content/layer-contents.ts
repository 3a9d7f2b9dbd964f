import { hash } from "node:crypto";

/**
 * What a layer does to the file system below it, as far as it can decide which program an image runs. Paths are cleaned and
 * seen from the root. Plain data, packed, since an archive has millions of files.
 */
export interface LayerContents {
  /** See {@link readLayerRows}. */
  readonly rows: string;
  /** {@link pathKey} of each row's path, in their order. */
  readonly rowKeys: Float64Array;
  /** Keys of what hides all that lower layers have there and below it: files of any other kind, and whiteouts. */
  readonly others: Float64Array;
  readonly directories: Float64Array;
  /** Keys of those of them that have no entry of their own ahead of what is in them. */
  readonly implied: Float64Array;
  /** Keys of directories without anything from lower layers (image-spec, layer.md, opaque whiteout). */
  readonly opaque: Float64Array;
  /** Whether all of it is here: neither cut short where there is too much of it, nor unreadable. */
  readonly isComplete: boolean;
}

/** A file that could be what an image runs, or lead to it. */
export type LayerRow =
  /** An executable or a shared object, for that architecture in Go's words. */
  | {
      readonly kind: "binary";
      readonly path: string;
      readonly architecture: string;
      readonly isExecutable: boolean;
    }
  /** An executable file that names its interpreter behind `#!`. */
  | { readonly kind: "script"; readonly path: string; readonly interpreter: string }
  /** An executable file of no kind that is known here. */
  | { readonly kind: "program"; readonly path: string }
  /** A symbolic link, its target as written. */
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** Another name for a file of a lower layer, as that layer has it. */
  | { readonly kind: "hardlink"; readonly path: string; readonly target: string };

export const noContents: LayerContents = {
  rows: "",
  rowKeys: new Float64Array(),
  others: new Float64Array(),
  directories: new Float64Array(),
  implied: new Float64Array(),
  opaque: new Float64Array(),
  isComplete: true,
};

/** A path as a number: 48 bits of a hash that nobody finds two paths for by chance. */
export function pathKey(path: string): number {
  return Number.parseInt(hash("sha256", path, "hex").slice(0, 12), 16);
}

/** Rows as {@link LayerContents} keeps them; no path has a NUL in it. */
export function packLayerRows(rows: Iterable<LayerRow>): Pick<LayerContents, "rows" | "rowKeys"> {
  const fields: string[] = [];
  const keys: number[] = [];
  for (const row of rows) {
    fields.push(row.path, ...packRow(row));
    keys.push(pathKey(row.path));
  }
  return { rows: fields.join("\0"), rowKeys: Float64Array.from(keys) };
}

function packRow(row: LayerRow): [letter: string, detail: string] {
  if (row.kind === "binary") return [row.isExecutable ? "b" : "o", row.architecture];
  if (row.kind === "script") return ["s", row.interpreter];
  return row.kind === "program" ? ["p", ""] : [row.kind === "link" ? "l" : "h", row.target];
}

/** The rows of a layer again, in the order of their keys. */
export function* readLayerRows({ rows }: LayerContents): Generator<LayerRow> {
  for (let at = 0; at < rows.length;) {
    const [path, afterPath] = readField(rows, at);
    const [letter, afterLetter] = readField(rows, afterPath);
    const [detail, next] = readField(rows, afterLetter);
    yield unpackRow(path, letter, detail);
    at = next;
  }
}

function readField(rows: string, at: number): [field: string, next: number] {
  const end = rows.indexOf("\0", at);
  return end === -1 ? [rows.slice(at), rows.length] : [rows.slice(at, end), end + 1];
}

function unpackRow(path: string, letter: string, detail: string): LayerRow {
  if (letter === "s") return { kind: "script", path, interpreter: detail };
  if (letter === "p") return { kind: "program", path };
  if (letter === "l") return { kind: "link", path, target: detail };
  if (letter === "h") return { kind: "hardlink", path, target: detail };
  return { kind: "binary", path, architecture: detail, isExecutable: letter === "b" };
}
