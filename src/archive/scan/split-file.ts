import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { asObject, asSize, asString, parseJson } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";
import { isFirstPart, nameSplitPart, readSplitPart, type SplitPart } from "../../oci/split-part.ts";
import { readFile, type ReadFileOptions } from "../../stream/read-file.ts";

/** A file that lies in parts. */
export interface SplitFile {
  /** Paths, in order. */
  readonly parts: readonly string[];
  /** In bytes, of all parts together. */
  readonly size: number;
  /** Hex, where the parts tell. */
  readonly sha256?: string;
}

const maxTableSize = 4096;

/**
 * The parts of the file whose first part lies at that path, in the same folder; undefined where it is a file of its own.
 * Throws `ARCHIVE_INCOMPLETE`, naming the parts that are not there.
 */
export async function findParts(path: string): Promise<SplitFile | undefined> {
  const first = readSplitPart(basename(path));
  if (!first || !isFirstPart(first)) return undefined;
  const table = await readZarfTable(path);
  const last = table ? first.index + table.count : await findLast(dirname(path), first);
  if (last === first.index) return undefined;
  const from = table ? first.index + 1 : first.index;
  const names = Array.from({ length: last - from + 1 }, (_, i) => nameSplitPart(first, from + i));
  const parts = names.map((name) => join(dirname(path), name));
  const sizes = await Promise.all(
    parts.map((part) =>
      stat(part).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  const missing = names.filter((_, i) => sizes[i] === undefined);
  if (missing.length > 0) throw partsMissing(missing, names.length);
  const size = sizes.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  return { parts, size, ...(table ? { sha256: table.sha256 } : {}) };
}

/** All bytes of the parts, as one stream. */
export async function* readParts({ parts }: SplitFile, options: ReadFileOptions): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* readFile(part, options);
}

async function findLast(folder: string, first: SplitPart): Promise<number> {
  const indexes = (await readdir(folder)).flatMap((name) => {
    const part = readSplitPart(name);
    const isOfFile =
      part?.stem === first.stem &&
      part.isLetters === first.isLetters &&
      nameSplitPart(first, part.index) === name;
    return isOfFile ? [part.index] : [];
  });
  return Math.max(first.index, ...indexes);
}

/** What zarf writes instead of a first part (zarf, src/pkg/packager/layout/split.go). */
async function readZarfTable(path: string): Promise<{ sha256: string; count: number } | undefined> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    if (size > maxTableSize) return undefined;
    const bytes = await handle.readFile();
    if (!bytes.includes("sha256Sum")) return undefined;
    const table = asObject(parseJson(bytes, { what: "the first part" }), "the first part");
    return {
      sha256: asString(table.get("sha256Sum"), "sha256Sum"),
      count: asSize(table.get("count"), "count"),
    };
  } finally {
    await handle.close();
  }
}

const maxNamed = 5;

function partsMissing(missing: readonly string[], count: number): AirgapError {
  const named = missing.slice(0, maxNamed).map((name) => `"${printable(name)}"`);
  const others = missing.length > maxNamed ? ` and ${missing.length - maxNamed} more` : "";
  return new AirgapError(
    "ARCHIVE_INCOMPLETE",
    `Cannot read archive: of its ${count} parts ${named.join(", ")}${others} ${missing.length === 1 ? "is" : "are"} not in the folder`,
    { hint: "Copy all parts into one folder, and give the first one." },
  );
}
