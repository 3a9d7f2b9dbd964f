import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "../../oci/printable.ts";
import { DecodedBytes } from "../../stream/decoded-bytes.ts";
import { PlainDecoder } from "../../stream/plain-decoder.ts";
import { readFile } from "../../stream/read-file.ts";
import { loadZstd } from "../../stream/zstd-decoder.ts";
import type { ArchiveIndex } from "../index/archive-index.ts";
import { ArchiveScan } from "./archive-scan.ts";
import { createLayerScanContext } from "../layers/layer-scan.ts";
import { createRangeStore } from "../spool/range-store.ts";
import type { ScanOptions } from "../index/scan-options.ts";
import { nestError } from "../index/nest-error.ts";
import { Nesting } from "./nesting.ts";
import { type ArchiveReading, readCandidate } from "./read-tar.ts";
import { Inflation } from "../spool/inflation.ts";
import { walkFolder } from "./walk-folder.ts";

const pieceSize = 256 * 1024;

/**
 * The same index for a folder that an image layout was unpacked to, or written to: its entries are files of their own, its
 * links are followed inside of it only.
 */
export async function scanDirectory(directory: string, options: ScanOptions): Promise<ArchiveIndex> {
  const createZstdDecoder = await loadZstd();
  let current = "";
  const store = { createKeeper: () => createRangeStore(current).createKeeper(0, 0) };
  let size = 0;
  const inflation = new Inflation(() => size, options.maxInflated);
  const scan = new ArchiveScan({
    store,
    context: createLayerScanContext(createZstdDecoder, inflation, options),
  });
  const nesting = new Nesting(options, createZstdDecoder, () => size);
  const reading = { scan, store, nesting, depth: 0 };
  for await (const name of walkFolder(directory)) {
    const path = join(directory, name);
    const stats = await lstat(path);
    const entry = { name, linkTarget: "", size: stats.size, offset: 0, isSparse: false, isExecutable: false };
    if (stats.isSymbolicLink()) scan.onEntry({ ...entry, type: "symlink", linkTarget: await readlink(path) });
    if (!stats.isFile()) continue;
    current = path;
    scan.onEntry({ ...entry, type: "file" });
    const chunks = readFile(path, { size: stats.size, signal: options.signal, reuseBuffers: true });
    const bytes = new DecodedBytes(chunks, new PlainDecoder());
    try {
      await readFileEntry(bytes, reading, (count) => options.onProgress?.((size += count), undefined));
    } catch (error) {
      throw nestError(error, `file "${printable(scan.currentName ?? name)}"`);
    }
  }
  return { compression: "none", size, sha256: undefined, ...(await scan.finish()) };
}

async function readFileEntry(
  bytes: DecodedBytes,
  reading: ArchiveReading,
  onRead: (count: number) => void,
): Promise<void> {
  const pull = async (limit: number): Promise<Uint8Array | undefined> => {
    const piece = await bytes.read(limit);
    if (!piece) return undefined;
    reading.scan.onData(piece);
    onRead(piece.length);
    return piece;
  };
  try {
    await readCandidate(reading, pull);
    while (await pull(pieceSize));
    reading.scan.onEntryEnd();
  } finally {
    await bytes.close();
  }
}
