import { sniffSize } from "../../stream/sniff.ts";
import { TarParser } from "../tar/tar-parser.ts";
import type { ArchiveScan } from "./archive-scan.ts";
import { EntryBytes, type TarBytes } from "./entry-bytes.ts";
import type { EntryStore } from "../index/entry-store.ts";
import type { EntryScan } from "./entry-scan.ts";
import { isOddity, openInner } from "./inner-archive.ts";
import { maxNesting, type Nesting } from "./nesting.ts";

/** Far more than any writer of images makes; root filesystems have more. */
const maxHeaders = 100_000;

/** One archive that is being read, be it the whole or one inside of it. */
export interface ArchiveReading {
  readonly scan: ArchiveScan;
  readonly store: EntryStore;
  readonly nesting: Nesting;
  /** How many archives are around it. */
  readonly depth: number;
}

/** Reads a tar to its end, and the archives in it; an inner one only as far as it may be an archive of images. */
export async function readTar(tar: TarBytes, reading: ArchiveReading): Promise<void> {
  const { scan, store, nesting, depth } = reading;
  const parser = new TarParser(scan, { maxHeaders });
  const pull = async (limit: number): Promise<Uint8Array | undefined> => {
    const view = await tar.read(Math.min(limit, parser.wanted));
    if (!view) return undefined;
    // An entry's head is copied, since the decoder that its format asks for may move the memory that it is a view of.
    const bytes = limit > sniffSize ? view : new Uint8Array(view);
    nesting.options.signal?.throwIfAborted();
    parser.push(bytes);
    await store.settle?.();
    return bytes;
  };
  while (await pull(Number.POSITIVE_INFINITY)) {
    await readCandidate(reading, pull);
    if (depth > 0 && scan.isNoArchive) return;
  }
  parser.end();
}

/** Looks into the entry that has just begun, if it may be an archive. */
export async function readCandidate(reading: ArchiveReading, pull: TarBytes["read"]): Promise<void> {
  const candidate = reading.scan.takeCandidate();
  if (candidate && reading.depth < maxNesting) {
    await readInner(candidate, new EntryBytes(candidate.size, pull), reading);
  }
}

/**
 * Reads an entry that may be an archive of images, while it goes by; what is in it gets names as if the entry were a folder.
 * An entry that turns out to be something else is left alone, however odd it is.
 */
async function readInner(entry: EntryScan, bytes: EntryBytes, outer: ArchiveReading): Promise<void> {
  const { nesting } = outer;
  const opened = await openInner(bytes, entry, nesting);
  if (!opened) return;
  const { tar, store, access } = opened;
  const scan = outer.scan.enter(entry.name, store, () => {
    access.confirm();
    nesting.countArchive();
  });
  try {
    await readTar(tar, { scan, store, nesting, depth: outer.depth + 1 });
  } catch (error) {
    if (store !== access.plain) store.abandon?.(error);
    if (scan.isArchive || !isOddity(error)) throw error;
    if (nesting.isOverfull) entry.giveUp("it unpacks to far more than any layer does");
  } finally {
    await opened.close();
  }
  outer.scan.leave(scan);
}
