import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { readFile } from "../../stream/read-file.ts";
import { loadZstd } from "../../stream/zstd-decoder.ts";
import type { ArchiveIndex } from "../index/archive-index.ts";
import { ArchiveScan } from "./archive-scan.ts";
import { createLayerScanContext } from "../layers/layer-scan.ts";
import { createRangeStore } from "../spool/range-store.ts";
import type { ScanOptions } from "../index/scan-options.ts";
import { walkFolder } from "./walk-folder.ts";

/**
 * The same index for a folder that an image layout was unpacked to, or written to: its entries are files of their own, its
 * links are followed inside of it only.
 */
export async function scanDirectory(directory: string, options: ScanOptions): Promise<ArchiveIndex> {
  let current = "";
  const store = { createKeeper: () => createRangeStore(current).createKeeper(0, 0) };
  const scan = new ArchiveScan(store, createLayerScanContext(await loadZstd(), options));
  let size = 0;
  for await (const name of walkFolder(directory)) {
    const path = join(directory, name);
    const stats = await lstat(path);
    const entry = { name, linkTarget: "", size: stats.size, offset: 0, isSparse: false, isExecutable: false };
    if (stats.isSymbolicLink()) scan.onEntry({ ...entry, type: "symlink", linkTarget: await readlink(path) });
    if (!stats.isFile()) continue;
    current = path;
    scan.onEntry({ ...entry, type: "file" });
    for await (const chunk of readFile(path, {
      size: stats.size,
      signal: options.signal,
      reuseBuffers: true,
    })) {
      scan.onData(chunk);
      size += chunk.length;
      options.onProgress?.(size, undefined);
    }
    scan.onEntryEnd();
  }
  return { compression: "none", size, sha256: undefined, ...(await scan.finish()) };
}
