import { stat } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { basename, resolve } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { TarBytes } from "./entry-bytes.ts";
import { peek } from "../../stream/peek.ts";
import { nameSplitPart, readSplitPart } from "../../oci/split-part.ts";
import { readFile, type ReadFileOptions } from "../../stream/read-file.ts";
import { sniff, sniffSize } from "../../stream/sniff.ts";
import { loadZstd } from "../../stream/zstd-decoder.ts";
import { type ArchiveContent, openContent } from "./archive-content.ts";
import type { ArchiveIndex, PartFile } from "../index/archive-index.ts";
import { ArchiveScan } from "./archive-scan.ts";
import type { EntryStore } from "../index/entry-store.ts";
import { explainSystemError } from "../index/explain-system-error.ts";
import { Inflation } from "../spool/inflation.ts";
import { InputMeter } from "../spool/input-meter.ts";
import { createLayerScanContext } from "../layers/layer-scan.ts";
import { inArchive, nestError } from "../index/nest-error.ts";
import { createRangeStore } from "../spool/range-store.ts";
import { checkParts, checkSum, findParts, readParts, type SplitFile } from "../split/split-file.ts";
import { scanDirectory } from "./scan-directory.ts";
import type { ScanOptions } from "../index/scan-options.ts";
import { SpliceStore } from "../spool/splice-store.ts";
import { checkRoom, createSpoolFile, type SpoolFile } from "../spool/spool-file.ts";
import { createSpoolStore } from "../spool/spool-store.ts";
import { Nesting } from "./nesting.ts";
import { type ArchiveReading, readTar } from "./read-tar.ts";

/** A file, a pipe or a folder by its path, or a stream. */
export type ScanInput = { readonly path: string } | { readonly chunks: AsyncIterable<Uint8Array> };

const scanChunkSize = 1024 * 1024;

/**
 * Reads an archive once to its end, in constant memory: every entry's digest and format, what its layers hold, and how to
 * read each of them again. Nothing is decompressed twice, and nothing is written where the archive is a tar or a gzip file.
 * A folder is taken for an image layout, unpacked. Throws `ARCHIVE_UNREADABLE`, `ARCHIVE_UNSUPPORTED`, `ARCHIVE_INVALID`,
 * `ARCHIVE_DAMAGED`, `DISK_FULL`, `TEMP_DIR_UNUSABLE`, and the signal's reason.
 */
export async function scanArchive(input: ScanInput, options: ScanOptions): Promise<ArchiveIndex> {
  try {
    if (!("path" in input)) return await scanStream(input.chunks, {}, options);
    const path = resolve(input.path);
    const stats = await stat(path);
    if (stats.isDirectory()) return await scanDirectory(path, options);
    if (!stats.isFile()) return await scanStream(createReadStream(path), {}, options);
    const reading = { reuseBuffers: true, chunkSize: scanChunkSize };
    const split = await findParts(path);
    if (split) return await scanParts(split, reading, options);
    return await scanStream(readFile(path, reading), { path, size: stats.size }, options);
  } catch (error) {
    const { title } = options;
    throw nestError(explainSystemError(error, title), inArchive(title), hintForPart(title));
  }
}

/** As a stream, since there is no file that has all of it. */
async function scanParts(
  split: SplitFile,
  reading: ReadFileOptions,
  options: ScanOptions,
): Promise<ArchiveIndex> {
  const parts: PartFile[] = [];
  const chunks = readParts(split, reading, (part) => void parts.push(part));
  const index = await scanStream(chunks, { size: split.size }, options).catch(async (error: unknown) => {
    // What cannot be decoded is more often a damaged part than a damaged archive: then it can be named.
    if (error instanceof AirgapError && error.code === "ARCHIVE_DAMAGED") await checkParts(split, reading);
    throw error;
  });
  checkSum("its parts together have", index.sha256, split.whole);
  const note = `read as one file: ${parts.map(({ name }) => name).join(", ")}`;
  return { ...index, parts, notes: [...index.notes, note] };
}

function hintForPart(title: string): string | undefined {
  const part = readSplitPart(basename(title));
  const looksSplit = part !== undefined && (!part.isLetters || part.index < 26 ** (part.width - 1));
  if (!looksSplit) return undefined;
  const first = nameSplitPart(part, part.isLetters || part.index === 0 ? 0 : 1);
  return `It has the name of one part of a split archive: put all parts into one folder and give the first, ${printable(first)}; or join them, cat FILE.* | airgap-load --arm64 -`;
}

/** A stream that comes from a file can be read again. */
interface Origin {
  readonly path?: string;
  readonly size?: number;
}

async function scanStream(
  chunks: AsyncIterable<Uint8Array>,
  origin: Origin,
  options: ScanOptions,
): Promise<ArchiveIndex> {
  const createZstdDecoder = await loadZstd();
  const meter = new InputMeter(origin.size, options);
  const input = meter.measure(chunks);
  let copy: SpoolFile | undefined;
  try {
    const peeked = await peek(input, sniffSize);
    const format = sniff(peeked.head);
    // A gzip stream is kept as it is: then all is as with a file, the layers' digests too.
    if (format === "gzip" && origin.path === undefined) copy = createSpoolFile(options.spoolDirectory, 0);
    const again = copy
      ? { path: copy.path, chunks: copyTo(copy, peeked.chunks) }
      : { ...origin, chunks: peeked.chunks };
    const content = await openContent(again.chunks, peeked.head, createZstdDecoder, options.makeSha256);
    const store = createStore(content, again, options);
    const inflation = new Inflation(() => meter.size, options.maxInflated);
    const context = createLayerScanContext(createZstdDecoder, inflation, options);
    const scan = new ArchiveScan({ store, context });
    const nesting = new Nesting(options, createZstdDecoder, () => meter.size);
    const tar = content.compression === "none" ? content.tar : inflation.count(content.tar);
    const found = await readEntries(tar, { scan, store, nesting, depth: 0 });
    return { compression: content.compression, size: meter.size, sha256: meter.sha256(), ...found };
  } finally {
    copy?.close();
    const closing = input.return(undefined).catch(() => undefined);
    // A pipe with nothing more to say would keep an error from being told; a file is closed before the thread may end.
    if (origin.size !== undefined) await closing;
  }
}

async function* copyTo(file: SpoolFile, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    file.write(chunk);
    yield chunk;
  }
}

function createStore(
  { splicer, compression }: ArchiveContent,
  { path, size = 0 }: Origin,
  options: ScanOptions,
): EntryStore {
  if (path !== undefined && splicer) {
    return new SpliceStore(() => ({ path }), splicer, options.layerCompression === "gzip");
  }
  if (path !== undefined && compression === "none") return createRangeStore(path);
  checkRoom(options.spoolDirectory, size);
  return createSpoolStore(options);
}

async function readEntries(
  tar: TarBytes,
  reading: ArchiveReading,
): Promise<Pick<ArchiveIndex, "entries" | "notes">> {
  const { scan, store } = reading;
  try {
    await readTar(tar, reading);
    return await scan.finish();
  } catch (error) {
    store.abandon?.(error);
    const name = scan.currentName;
    throw name === undefined ? error : nestError(error, `entry "${printable(name)}"`);
  }
}
