import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import type { Opener } from "../../content/repository.ts";

/** A folder where it has no content. */
export interface PackedEntry {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly open?: Opener;
}

/**
 * Writes a tar, entry by entry in the order given; nothing in it but names, sizes and content differs from one tar to
 * another. What an entry's source throws is thrown, and so is a source that has other than `size` bytes.
 */
export async function* packTar(
  entries: Iterable<PackedEntry>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const filling = fill(tar, entries, signal);
  filling.catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    for await (const chunk of tar) yield chunk as Uint8Array;
    await filling;
  } finally {
    tar.destroy();
    await filling.catch(() => undefined);
  }
}

async function fill(tar: Pack, entries: Iterable<PackedEntry>, signal?: AbortSignal): Promise<void> {
  for (const { name, size, open } of entries) {
    const header = { name, size, mtime: new Date(0) };
    if (!open) {
      tar.entry({ ...header, type: "directory", mode: 0o755 }, "");
      continue;
    }
    const sink = tar.entry({ ...header, type: "file", mode: 0o444 }) as unknown as Writable;
    await pipeline(Readable.from(open(signal), { objectMode: false }), sink);
  }
  tar.finalize();
}
