import type { Opener } from "../../content/repository.ts";
import { GzipSplicer } from "../../deflate/splice/gzip-splicer.ts";
import { sourcePath } from "../../deflate/splice/gzip-source.ts";
import { inflateFrom } from "../../deflate/splice/inflate-from.ts";
import { replayBlob } from "../../deflate/splice/replay-blob.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { digestOf } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { DecodedBytes } from "../../stream/decoded-bytes.ts";
import { readFile, type ReadFileOptions } from "../../stream/read-file.ts";
import { explainSystemError } from "./explain-system-error.ts";
import type { CompressedForm, FileEntry, Reopen } from "./archive-index.ts";

/** An entry's bytes as they stand in the archive, from the first one, as often as wanted. The chunks belong to the caller. */
export function openEntry(entry: FileEntry): Opener {
  return (signal, reading) => openFrom(entry, entry.reopen, { signal, ...reading });
}

/** The same for one who looks at a chunk only until the next one is asked for: takes less memory. */
export function readEntryOnce(entry: FileEntry, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  return openFrom(entry, entry.reopen, { signal, reuseBuffers: true });
}

function openFrom(
  { size, bytes, compressed }: FileEntry,
  reopen: Reopen,
  options: Pick<ReadFileOptions, "signal" | "reuseBuffers">,
): AsyncIterable<Uint8Array> {
  const { signal } = options;
  switch (reopen.from) {
    case "memory":
      return once(bytes);
    case "range":
      return explained(reopen.path, readFile(reopen.path, { offset: reopen.offset, size, ...options }));
    case "checkpoint":
      return explained(sourcePath(reopen.source), inflateEntry(reopen, size, signal));
    case "spool":
      return explained(reopen.path, readFile(reopen.path, { size, ...options }));
    case "scan":
      throw new Error("the entry's temp file was another run's");
    case "nowhere":
  }
  if (compressed?.compression !== "gzip") throw new Error("the entry's own bytes were not kept");
  return new DecodedBytes(openCompressed(compressed)(signal), new GzipSplicer());
}

async function* explained(path: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw explainSystemError(error, path);
  }
}

async function* once(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (bytes?.length) yield await Promise.resolve(bytes);
}

async function* inflateEntry(
  { source, checkpoint, skip }: Extract<Reopen, { from: "checkpoint" }>,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let left = skip;
  for await (const chunk of inflateFrom(source, checkpoint, skip + size, signal)) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** The bytes of an entry's compressed form, in the same way. */
export function openCompressed({ from, size }: CompressedForm): Opener {
  return (signal, reading) => {
    if (from.kind === "replay") {
      return explained(sourcePath(from.source), replayBlob(from.source, from.replay, { signal, ...reading }));
    }
    if (from.kind === "scan") throw new Error("the layer's temp file was another run's");
    return explained(from.path, readFile(from.path, { size, signal, ...reading }));
  };
}

/** A whole entry in memory; how large it may be is the caller's to look at. Throws `ARCHIVE_CHANGED`. */
export async function readEntry(entry: FileEntry, signal?: AbortSignal): Promise<Uint8Array> {
  if (entry.bytes) return entry.bytes;
  const chunks: Uint8Array[] = [];
  for await (const chunk of openEntry(entry)(signal)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) === entry.digest) return bytes;
  throw new AirgapError(
    "ARCHIVE_CHANGED",
    `Cannot read "${printable(entry.name)}" again: its content has changed`,
    {
      hint: "Leave the archive as it is until the run is over, and start again.",
    },
  );
}
