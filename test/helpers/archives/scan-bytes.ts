import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ArchiveIndex, FileEntry } from "../../../src/archive/index/archive-index.ts";
import { openCompressed } from "../../../src/archive/index/reopen.ts";
import { scanArchive } from "../../../src/archive/scan/scan-archive.ts";
import type { ScanOptions } from "../../../src/archive/index/scan-options.ts";
import { chunksOf, readAll } from "../chunks.ts";
import { makeTempFolder } from "../temp-folder.ts";

export interface Scanned {
  readonly index: ArchiveIndex;
  /** Where its temp files are, if there are any. */
  readonly spoolDirectory: string;
}

/** How an archive comes in: as a file by its name, or through a pipe. */
export type Way = "file" | "pipe";

/** Scans an archive that a test has made. */
export async function scanBytes(
  bytes: Buffer,
  way: Way = "file",
  options: Partial<ScanOptions> = {},
): Promise<Scanned> {
  if (way === "pipe") return scanInput({ chunks: chunksOf(bytes, 10_007) }, options);
  const path = join(await makeTempFolder(), "images");
  await writeFile(path, bytes);
  return scanInput({ path }, options);
}

/** Scans with a spool of its own. */
export async function scanInput(
  input: Parameters<typeof scanArchive>[0],
  options: Partial<ScanOptions> = {},
): Promise<Scanned> {
  const spoolDirectory = join(await makeTempFolder(), "spool");
  const settings = { title: "images", spoolDirectory, layerCompression: "gzip", ...options } as const;
  return { index: await scanArchive(input, settings), spoolDirectory };
}

/** The file entries of an archive, by name. */
export function filesOf({ entries }: ArchiveIndex): Map<string, FileEntry> {
  return new Map([...entries].flatMap(([name, entry]) => (entry.kind === "file" ? [[name, entry]] : [])));
}

export function getFile(index: ArchiveIndex, name: string): FileEntry {
  const entry = index.entries.get(name);
  if (entry?.kind !== "file") throw new Error(`no file ${name} in the index`);
  return entry;
}

export async function digestStream(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

/** The compressed form of an entry that has one. */
export async function readCompressed({ name, compressed }: FileEntry): Promise<Buffer> {
  if (!compressed) throw new Error(`no compressed form of ${name}`);
  return readAll(openCompressed(compressed)());
}
