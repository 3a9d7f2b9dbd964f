import type { LayerCompression } from "../oci/media-type.ts";
import { lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import type { ImageSource } from "../content/image-source.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import { createArchiveSource } from "./archive-source.ts";
import type { ArchiveIndex } from "./index/archive-index.ts";
import { hasLargeWindow } from "./layers/has-large-window.ts";
import { explainSystemError } from "./index/explain-system-error.ts";
import { inArchive, nestError } from "./index/nest-error.ts";
import { ScannedAgain } from "./index/scanned-again.ts";
import type { ScanOptions } from "./index/scan-options.ts";
import { isOfDialect } from "./dialects/find-folders.ts";
import { peek } from "../stream/peek.ts";
import { readFile } from "../stream/read-file.ts";
import { isArchiveFormat, sniff, sniffSize } from "../stream/sniff.ts";
import type { ScanCache } from "./scan/scan-cache.ts";
import { scanInWorker } from "./scan/scan-in-worker.ts";
import { walkFolder } from "./scan/walk-folder.ts";
import { Spool } from "./spool/spool.ts";

/** A file, a pipe, or a folder that is an image layout, by its path; or standard input. */
export type ArchiveInput = { readonly path: string } | { readonly stdin: AsyncIterable<Uint8Array> };

export interface OpenArchiveOptions {
  /** Where what cannot be read twice is kept; default: the system's folder for temp files. */
  readonly tempDir?: string | undefined;
  /** What plain layers become. */
  readonly layerCompression: LayerCompression;
  readonly compressionLevel?: number | undefined;
  /** Whether foreign (non-distributable) layers' bytes, where they are there, go up like any other's. */
  readonly allowForeign: boolean;
  /** What tags alone are tags of, in archives that have no other names. */
  readonly repository?: string | undefined;
  /** The name of the only image of an archive that names none. */
  readonly name?: string | undefined;
  /** Bytes that its compressed parts may unpack to whatever its size. Default 64 GiB. */
  readonly maxInflated?: number | undefined;
  /** What earlier runs have found in files. */
  readonly cache?: ScanCache | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of every piece of the archive that was read: bytes so far, of how many where that is known. */
  readonly onProgress?: ((read: number, total: number | undefined) => void) | undefined;
}

/** Of archives with large windows; what is in them is compressed again on all cores anyway. */
const oneAtATime = pLimit(1);

/**
 * Reads an archive of images once to its end, in a thread of its own, and checks all that is in it. Throws `AirgapError`s
 * that name the archive and what in it is wrong, and the signal's reason.
 */
export async function openArchive(input: ArchiveInput, options: OpenArchiveOptions): Promise<ImageSource> {
  const { tempDir, cache, ...rest } = options;
  const [title, from] = "path" in input ? [input.path, input] : ["standard input", { chunks: input.stdin }];
  const spool = new Spool(tempDir);
  const settings = { ...rest, title, spoolDirectory: spool.directory };
  try {
    if ("path" in input) await told(title, checkFolder(input.path));
    const known = cache && "path" in input ? await told(title, cache.find(input.path, settings)) : undefined;
    const isLarge = "path" in input && (await hasLargeWindow(input.path));
    const scan = (how: ScanOptions): Promise<ArchiveIndex> =>
      isLarge ? oneAtATime(() => scanInWorker(from, how)) : scanInWorker(from, how);
    const index = known ?? (await scan(settings));
    if ("path" in input && !known) await cache?.keep(input.path, index, settings);
    const bytes = new ScannedAgain(() => scan({ ...settings, onProgress: undefined }));
    return await told(title, createArchiveSource(index, { ...rest, title, spool, bytes }));
  } catch (error) {
    await spool[Symbol.asyncDispose]();
    throw error;
  }
}

/** What goes wrong is told with the archive's name. */
function told<T>(title: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw nestError(explainSystemError(error, title), inArchive(title));
  });
}

/** A folder with neither an archive in it nor anything that a dialect knows is not read, however much there is in it. */
async function checkFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isDirectory()) return;
  for await (const name of walkFolder(path)) {
    if (isOfDialect(name) || (await isArchiveFile(join(path, name)))) return;
  }
  throw notALayout();
}

async function isArchiveFile(path: string): Promise<boolean> {
  if (!(await lstat(path)).isFile()) return false;
  const start = await peek(readFile(path, { chunkSize: sniffSize }), sniffSize);
  await start.chunks.return(undefined);
  return isArchiveFormat(sniff(start.head));
}

function notALayout(): AirgapError {
  return new AirgapError(
    "ARCHIVE_UNSUPPORTED",
    "Cannot read archive: it is a folder with neither an archive nor an image layout in it",
    {
      hint: "Name an archive, or a folder that has archives, an index.json (OCI layout) or a manifest.json in it.",
    },
  );
}
