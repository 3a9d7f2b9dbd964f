import { nameFew } from "../../content/name-few.ts";
import { createHash } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { asObject, asSize, asString, parseJson } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";
import {
  isFirstPart,
  nameSplitPart,
  nameWhole,
  readSplitPart,
  type SplitPart,
} from "../../oci/split-part.ts";
import { readFile, type ReadFileOptions } from "../../stream/read-file.ts";
import type { PartFile } from "../index/archive-index.ts";
import { type PromisedSum, readPartSums } from "./part-sums.ts";

/** A file that lies in parts. */
export interface SplitFile {
  /** Paths, in order. */
  readonly parts: readonly string[];
  /** In bytes, of all parts together. */
  readonly size: number;
  /** What all parts together must have, where that is told. */
  readonly whole?: PromisedSum;
  /** What each part must have, by its name, where that is told. */
  readonly sums?: ReadonlyMap<string, PromisedSum>;
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
  const sums = await readPartSums(dirname(path), nameWhole(first));
  const last = table
    ? first.index + table.count
    : (lastOf(sums.keys(), first) ?? (await findLast(dirname(path), first)));
  if (last === first.index) return undefined;
  const from = table ? first.index + 1 : first.index;
  const names = Array.from({ length: last - from + 1 }, (_, i) => nameSplitPart(first, from + i));
  const parts = names.map((name) => join(dirname(path), name));
  const size = await measureParts(parts);
  const whole = table ? { sha256: table.sha256, by: basename(path) } : sums.get(nameWhole(first));
  return { parts, size, sums, ...(whole ? { whole } : {}) };
}

/** All bytes of the parts, as one stream; each is told when it has been read. Throws `DIGEST_MISMATCH` for a damaged one. */
export async function* readParts(
  { parts, sums }: SplitFile,
  options: ReadFileOptions,
  onPart: (part: PartFile) => void,
): AsyncGenerator<Uint8Array> {
  for (const path of parts) {
    const name = basename(path);
    const hash = createHash("sha256");
    for await (const chunk of readFile(path, options)) {
      hash.update(chunk);
      yield chunk;
    }
    const part = { name, sha256: hash.digest("hex") };
    checkSum(`part "${printable(name)}" has`, part.sha256, sums?.get(name));
    onPart(part);
  }
}

/** Throws `DIGEST_MISMATCH` for the first part that has another checksum than is promised. */
export async function checkParts(split: SplitFile, options: ReadFileOptions): Promise<void> {
  if (!split.sums?.size) return;
  const bytes = readParts(split, options, () => undefined);
  while (!(await bytes.next()).done);
}

/** Throws `DIGEST_MISMATCH` where a checksum is not the promised one; `what` has it, for the message. */
export function checkSum(what: string, sha256: string | undefined, promised: PromisedSum | undefined): void {
  if (promised === undefined || promised.sha256 === sha256) return;
  throw new AirgapError(
    "DIGEST_MISMATCH",
    `Cannot read archive: ${what} the sha256 ${sha256 ?? "unknown"}, "${printable(promised.by)}" promises ${promised.sha256}`,
    { hint: "It was damaged on its way: copy it again." },
  );
}

async function measureParts(parts: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    parts.map((part) =>
      stat(part).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  const missing = parts.filter((_, i) => sizes[i] === undefined).map((part) => basename(part));
  if (missing.length > 0) throw partsMissing(missing, parts.length);
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

async function findLast(folder: string, first: SplitPart): Promise<number> {
  return lastOf(await readdir(folder), first) ?? first.index;
}

/** The highest index that a part of the same file has among these names. */
function lastOf(names: Iterable<string>, first: SplitPart): number | undefined {
  const indexes = [...names].flatMap((name) => {
    const part = readSplitPart(name);
    const isOfFile =
      part?.stem === first.stem &&
      part.isLetters === first.isLetters &&
      nameSplitPart(first, part.index) === name;
    return isOfFile ? [part.index] : [];
  });
  return indexes.length > 0 ? Math.max(...indexes) : undefined;
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

function partsMissing(missing: readonly string[], count: number): AirgapError {
  const named = nameFew(missing.map((name) => `"${printable(name)}"`));
  return new AirgapError(
    "ARCHIVE_INCOMPLETE",
    `Cannot read archive: of its ${count} parts ${named} ${missing.length === 1 ? "is" : "are"} not in the folder`,
    { hint: "Copy all parts into one folder, and give the first one." },
  );
}
