import type { Checkpoint } from "../../deflate/inflate/checkpoint.ts";
import type { GzipSource, InflatedBytes } from "../../deflate/splice/gzip-source.ts";
import type { GzipSplicer } from "../../deflate/splice/gzip-splicer.ts";
import type { Reopen } from "../index/archive-index.ts";
import type { EntryKeeper, EntryStore, InnerAccess, KeptEntry } from "../index/entry-store.ts";

/** Neighbours share a checkpoint (33 kB of memory) up to this distance, which costs an upload some 10 ms. */
const checkpointDistance = 8 * 1024 * 1024;

/** Pieces of an inner gzip stream that its decoder may have at hand and not used, and one more. */
const keptMarks = 4;

type CheckpointReopen = Extract<Reopen, { from: "checkpoint" }>;

/**
 * For a gzip archive that can be read again: plain layers are cut out of it as gzip blobs while it is inflated, everything else is
 * inflated again from a checkpoint (docs/deflate.md). Nothing is written.
 */
export class SpliceStore implements EntryStore {
  readonly #sourceAt: (position: number) => GzipSource;
  readonly #splicer: GzipSplicer;
  readonly #isSplicing: boolean;
  #latest:
    | { readonly source: GzipSource; readonly checkpoint: Checkpoint; readonly position: number }
    | undefined;

  /**
   * `sourceAt` tells where the gzip stream is read again from a position on; `isSplicing` is false where plain layers are
   * not to become gzip blobs.
   */
  constructor(sourceAt: (position: number) => GzipSource, splicer: GzipSplicer, isSplicing: boolean) {
    this.#sourceAt = sourceAt;
    this.#splicer = splicer;
    this.#isSplicing = isSplicing;
  }

  createKeeper(size: number): EntryKeeper {
    const start = this.#splicer.position;
    const reopen = this.#checkpoint();
    const splicer = this.#splicer;
    if (this.#isSplicing) splicer.beginBlob(size);
    const source = this.#source();
    let isLayer = false;
    const drop = (): void => {
      isLayer = false;
      if (this.#isSplicing) splicer.dropBlob();
    };
    return {
      begin: (format) => {
        isLayer = this.#isSplicing && format === "tar";
        if (!isLayer) drop();
      },
      push: () => undefined,
      end: () => (isLayer ? this.#endBlob(source) : { reopen }),
      drop,
      enter: () => {
        drop();
        return this.#enter(start, reopen);
      },
    };
  }

  /** What reads a stream in an entry again starts at the last mark before it. */
  #enter(start: number, reopen: CheckpointReopen): InnerAccess {
    const marks: InflatedBytes[] = [asMark(reopen, 0)];
    return {
      plain: this,
      mark: () => {
        marks.push(asMark(this.#checkpoint(), this.#splicer.position - start));
        if (marks.length > keptMarks) marks.shift();
      },
      sourceAt: (position) => marks.findLast((mark) => mark.position <= position) ?? asMark(reopen, 0),
      confirm: () => undefined,
    };
  }

  #source(): GzipSource {
    return this.#sourceAt(Math.floor(this.#splicer.bitOffset / 8));
  }

  #checkpoint(): CheckpointReopen {
    const { position } = this.#splicer;
    if (!this.#latest || position - this.#latest.position > checkpointDistance) {
      this.#latest = { source: this.#source(), checkpoint: this.#splicer.checkpoint(), position };
    }
    const { source, checkpoint, position: start } = this.#latest;
    return { from: "checkpoint", source, checkpoint, skip: position - start };
  }

  #endBlob(source: GzipSource): KeptEntry {
    const { digest, size, replay } = this.#splicer.endBlob();
    const from = { kind: "replay", source, replay } as const;
    return { reopen: { from: "nowhere" }, compressed: { compression: "gzip", digest, size, from } };
  }
}

function asMark({ source, checkpoint, skip }: CheckpointReopen, position: number): InflatedBytes {
  return { container: source, checkpoint, skip, position };
}
