import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { LayerCompression } from "../../oci/media-type.ts";
import { hashFileInThread } from "../../stream/hash-file-thread.ts";
import { readFile } from "../../stream/read-file.ts";
import type { ArchiveEntry, ArchiveIndex } from "../index/archive-index.ts";
import type { ScanOptions } from "../index/scan-options.ts";
import { CacheFolder } from "./cache-folder.ts";

/** To be raised when an index has another form, or a scan another outcome. */
const format = 3;
/** In bytes: what is smaller is hashed before a thread has started. */
const worthThread = 32 * 1024 * 1024;

/** What is kept for an archive: its index, whose paths are the archive's. */
interface Kept {
  readonly path: string;
  readonly index: ArchiveIndex;
}

/**
 * Remembers what scans of archive files have found. A scan is a function of the archive's bytes, some options and the
 * program: so what is kept is kept under these. That a file is known by its place, size and time only tells that hashing it
 * first is worth it; the hash is always taken. What cannot be read, is damaged or somebody else's is not there.
 */
export class ScanCache {
  readonly #folder: CacheFolder;
  readonly #version: string;

  /** `version` is the program's. */
  constructor(directory: string, version: string) {
    this.#folder = new CacheFolder(directory);
    this.#version = version;
  }

  /** Whether a file looks like one that was scanned before. */
  looksKnown(path: string): boolean {
    try {
      return this.#folder.has(hintName(statSync(path, { bigint: true })));
    } catch {
      return false;
    }
  }

  /**
   * The index that a scan of the file would give, once the file is hashed; undefined where it would have to be scanned.
   * Throws what reading it throws, and the signal's reason.
   */
  async find(path: string, options: ScanOptions): Promise<ArchiveIndex | undefined> {
    if (!this.looksKnown(path)) return undefined;
    const sha256 = await hashFile(path, options);
    for (const layerCompression of scansThatDo(options)) {
      const bytes = await this.#folder.read(this.#name(sha256, { ...options, layerCompression }));
      const kept = bytes && readKept(bytes);
      if (kept?.index.sha256 !== sha256) continue;
      movePaths(kept.index, kept.path, resolve(path));
      return kept.index;
    }
    return undefined;
  }

  /** Keeps what a scan of a file has found. What it has put into temp files will have to be scanned again to be read. */
  async keep(path: string, index: ArchiveIndex, options: ScanOptions): Promise<void> {
    const { sha256 } = index;
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    if (sha256 === undefined || !stats?.isFile() || Number(stats.size) !== index.size) return;
    const own = resolve(path);
    const entries = new Map([...index.entries].map(([name, entry]) => [name, withoutTempFiles(entry, own)]));
    const kept: Kept = { path: own, index: { ...index, entries } };
    await this.#folder.write(this.#name(sha256, options), serialize(kept));
    await this.#folder.write(hintName(stats), Buffer.from(sha256));
  }

  #name(sha256: string, options: ScanOptions): string {
    const { layerCompression, compressionLevel, maxLayerSize, maxInflated } = options;
    const settings = [layerCompression, compressionLevel, maxLayerSize, maxInflated];
    return nameOf("scan", [format, this.#version, process.versions.v8, sha256, ...settings]);
  }
}

/** Plain layers come out of what was cut into gzip blobs as well: what a load has found does for `verify` and `inspect`. */
function scansThatDo({ layerCompression }: ScanOptions): readonly LayerCompression[] {
  return layerCompression === "none" ? ["none", "gzip"] : [layerCompression];
}

interface FileStats {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

function hintName({ dev, ino, size, mtimeNs }: FileStats): string {
  return nameOf("file", [dev, ino, size, mtimeNs].map(String));
}

function nameOf(kind: string, parts: readonly unknown[]): string {
  return `${kind}-${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;
}

async function hashFile(path: string, { signal, onProgress }: ScanOptions): Promise<string> {
  const { size } = await stat(path);
  let read = 0;
  const onRead = (piece: number): void => {
    read += piece;
    onProgress?.(read, size);
  };
  if (size >= worthThread) return hashFileInThread(path, { signal, onRead });
  const hash = createHash("sha256");
  for await (const chunk of readFile(path, { reuseBuffers: true, signal })) {
    hash.update(chunk);
    onRead(chunk.length);
  }
  return hash.digest("hex");
}

function readKept(bytes: Uint8Array): Kept | undefined {
  try {
    const kept = deserialize(bytes) as Partial<Kept> | undefined;
    const isWhole = typeof kept?.path === "string" && kept.index?.entries instanceof Map;
    return isWhole ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}

function withoutTempFiles(entry: ArchiveEntry, own: string): ArchiveEntry {
  if (entry.kind === "link" || listPaths(entry).every((path) => path === own)) return entry;
  const { compressed } = entry;
  return {
    ...entry,
    reopen: { from: "scan" },
    ...(compressed ? { compressed: { ...compressed, from: { kind: "scan" } } } : {}),
  };
}

function listPaths(entry: ArchiveEntry): string[] {
  const found: string[] = [];
  visit(entry, (part) => void (typeof part["path"] === "string" && found.push(part["path"])));
  return found;
}

/** The archive may have been moved since. */
function movePaths(index: ArchiveIndex, from: string, to: string): void {
  visit(index, (part) => {
    if (part["path"] === from) part["path"] = to;
  });
}

/** Every object in plain data once. Names of entries are keys and values of other properties. */
function visit(
  data: unknown,
  onPart: (part: Record<string, unknown>) => void,
  seen = new Set<object>(),
): void {
  if (typeof data !== "object" || data === null || ArrayBuffer.isView(data) || seen.has(data)) return;
  seen.add(data);
  onPart(data as Record<string, unknown>);
  for (const part of data instanceof Map ? data.values() : Object.values(data)) visit(part, onPart, seen);
}
