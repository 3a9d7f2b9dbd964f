import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { readFile } from "../../stream/read-file.ts";
import { loadZstd } from "../../stream/zstd-decoder.ts";
import type { ArchiveIndex } from "../index/archive-index.ts";
import { ArchiveScan } from "./archive-scan.ts";
import { createLayerScanContext } from "../layers/layer-scan.ts";
import { createRangeStore } from "../spool/range-store.ts";
import type { ScanOptions } from "../index/scan-options.ts";

/** `blobs/sha256/<hex>`; docker's unpacked archives are flatter. */
const maxDepth = 3;
const markers = ["index.json", "manifest.json"];

/**
 * The same index for a folder that an image layout was unpacked to, or written to: its entries are files of their own, its
 * links are followed inside of it only. Throws `ARCHIVE_UNSUPPORTED` where it does not look like one, before reading on.
 */
export async function scanDirectory(directory: string, options: ScanOptions): Promise<ArchiveIndex> {
  const names = await readdir(directory);
  if (!markers.some((marker) => names.includes(marker))) throw notALayout();
  let current = "";
  const store = { createKeeper: () => createRangeStore(current).createKeeper(0, 0) };
  const scan = new ArchiveScan(store, createLayerScanContext(await loadZstd(), options));
  let size = 0;
  for await (const name of walk(directory, "", maxDepth)) {
    const path = join(directory, name);
    const stats = await lstat(path);
    const entry = { name, linkTarget: "", size: stats.size, offset: 0, isSparse: false };
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

/** Paths below a folder, in order, with slashes; folders are walked into, not told. */
async function* walk(root: string, folder: string, depth: number): AsyncGenerator<string> {
  const children = await readdir(join(root, folder), { withFileTypes: true });
  for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = folder === "" ? child.name : `${folder}/${child.name}`;
    if (!child.isDirectory()) yield name;
    else if (depth > 1) yield* walk(root, name, depth - 1);
  }
}

function notALayout(): AirgapError {
  return new AirgapError(
    "ARCHIVE_UNSUPPORTED",
    "Cannot read archive: it is a folder without an image layout in it",
    {
      hint: "Name an archive, or a folder that has an index.json (OCI layout) or a manifest.json.",
    },
  );
}
