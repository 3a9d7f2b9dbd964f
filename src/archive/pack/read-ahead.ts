import type { Opener } from "../../content/repository.ts";
import type { PackedEntry } from "../tar/pack-tar.ts";

/** Entries up to this many bytes are read before their turn. */
const smallSize = 1024 * 1024;
/** Entries that are read and not yet written. */
const mostAhead = 8;

/**
 * The same entries in the same order, small ones read whole while those before them are written: a registry far away takes
 * its time for each, and most blobs of images are small.
 */
export function* readAhead(entries: readonly PackedEntry[], signal?: AbortSignal): Generator<PackedEntry> {
  const stop = new AbortController();
  const reading = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
  const waiting = entries.filter(({ size, open }) => open && size <= smallSize);
  const read = new Map<PackedEntry, Promise<readonly Uint8Array[]>>();
  try {
    for (const entry of entries) {
      for (const next of waiting.splice(0, mostAhead - read.size)) {
        read.set(next, startReading(next, reading));
      }
      const chunks = read.get(entry);
      read.delete(entry);
      yield chunks ? { ...entry, open: () => give(chunks) } : entry;
    }
  } finally {
    stop.abort();
  }
}

/** What goes wrong is thrown when it is asked for. */
function startReading({ size, open }: PackedEntry, signal: AbortSignal): Promise<readonly Uint8Array[]> {
  const chunks = open ? readAtMost(size, open, signal) : Promise.resolve([]);
  chunks.catch(() => undefined);
  return chunks;
}

/** With more than was announced it is left to the tar to refuse it. */
async function readAtMost(size: number, open: Opener, signal: AbortSignal): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of open(signal)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > size) break;
  }
  return chunks;
}

async function* give(chunks: Promise<readonly Uint8Array[]>): AsyncGenerator<Uint8Array> {
  yield* await chunks;
}
