import type { Checkpoint } from "../../deflate/inflate/checkpoint.ts";
import type { GzipSplicer } from "../../deflate/splice/gzip-splicer.ts";
import type { FileEntry } from "../index/archive-index.ts";
import type { EntryKeeper, EntryStore, KeptEntry } from "../index/entry-store.ts";

/** Neighbours share a checkpoint (33 kB of memory) up to this distance, which costs an upload some 10 ms. */
const checkpointDistance = 8 * 1024 * 1024;

/**
 * For a gzip archive in a file: plain layers are cut out of it as gzip blobs while it is inflated, everything else is
 * inflated again from a checkpoint (docs/deflate.md). Nothing is written.
 */
export class SpliceStore implements EntryStore {
  readonly #path: string;
  readonly #splicer: GzipSplicer;
  readonly #isSplicing: boolean;
  #latest: { readonly checkpoint: Checkpoint; readonly position: number } | undefined;

  /** `isSplicing` is false where plain layers are not to become gzip blobs. */
  constructor(path: string, splicer: GzipSplicer, isSplicing: boolean) {
    this.#path = path;
    this.#splicer = splicer;
    this.#isSplicing = isSplicing;
  }

  createKeeper(size: number): EntryKeeper {
    const reopen = this.#checkpoint();
    const splicer = this.#splicer;
    if (this.#isSplicing) splicer.beginBlob(size);
    let isLayer = false;
    const drop = (): void => {
      if (this.#isSplicing) splicer.dropBlob();
    };
    return {
      begin: (format) => {
        isLayer = this.#isSplicing && format === "tar";
        if (!isLayer) drop();
      },
      push: () => undefined,
      end: () => (isLayer ? this.#endBlob() : { reopen }),
      drop,
    };
  }

  #checkpoint(): FileEntry["reopen"] {
    const { position } = this.#splicer;
    if (!this.#latest || position - this.#latest.position > checkpointDistance) {
      this.#latest = { checkpoint: this.#splicer.checkpoint(), position };
    }
    const { checkpoint, position: start } = this.#latest;
    return { from: "checkpoint", path: this.#path, checkpoint, skip: position - start };
  }

  #endBlob(): KeptEntry {
    const { digest, size, replay } = this.#splicer.endBlob();
    const from = { kind: "replay", path: this.#path, replay } as const;
    return { reopen: { from: "nowhere" }, compressed: { compression: "gzip", digest, size, from } };
  }
}
