import { ChunkQueue } from "../../stream/chunk-queue.ts";
import type { CompressedForm } from "../index/archive-index.ts";
import type { CompressionOptions } from "./compress-chunks.ts";
import { compressToSpool } from "./compress-to-spool.ts";
import type { EntryKeeper, EntryStore, KeptEntry } from "../index/entry-store.ts";
import { createSpoolFile, type SpoolFile } from "./spool-file.ts";

/** Layers that are being compressed before the scan waits. */
const maxUnderWay = 16;

/**
 * For what cannot be read twice, or not from the middle: standard input and archives that are compressed otherwise than
 * with gzip. Plain layers are compressed into temp files as they go by, several at a time; the rest is copied there.
 */
export class SpoolStore implements EntryStore {
  readonly #directory: string;
  readonly #compression: CompressionOptions | undefined;
  readonly #queues = new Set<ChunkQueue>();
  #openFile: SpoolFile | undefined;
  #failure: { readonly error: unknown } | undefined;
  #onChange: (() => void) | undefined;

  /** `compression` is undefined where plain layers are to stay as they are. */
  constructor(directory: string, compression: CompressionOptions | undefined) {
    this.#directory = directory;
    this.#compression = compression;
  }

  createKeeper(size: number): EntryKeeper {
    let keeper: Pick<EntryKeeper, "push" | "end"> | undefined;
    return {
      begin: (format) => {
        const isLayer = format === "tar" && this.#compression;
        keeper = isLayer ? this.#compress(size, isLayer) : this.#copy(size);
      },
      push: (bytes) => keeper?.push(bytes),
      end: () => keeper?.end() ?? { reopen: { from: "nowhere" } },
      drop: () => undefined,
    };
  }

  abandon(error: unknown): void {
    this.#failure ??= { error };
    for (const queue of this.#queues) queue.end(new Error("the scan has failed", { cause: error }));
    this.#openFile?.close();
  }

  settle(): Promise<void> | undefined {
    return this.#failure || this.#isFull ? this.#wait() : undefined;
  }

  /** The bytes that are pushed are views for the time until the next read: they are to be used by then. */
  get #isFull(): boolean {
    return this.#queues.size > maxUnderWay || [...this.#queues].some(({ size }) => size > 0);
  }

  async #wait(): Promise<void> {
    while (!this.#failure && this.#isFull) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
    if (this.#failure) throw this.#failure.error;
  }

  #copy(size: number): Pick<EntryKeeper, "push" | "end"> {
    const file = createSpoolFile(this.#directory, size);
    this.#openFile = file;
    return {
      push: (bytes) => file.write(bytes),
      end: () => {
        file.close();
        this.#openFile = undefined;
        return { reopen: { from: "spool", path: file.path } };
      },
    };
  }

  #compress(size: number, options: CompressionOptions): Pick<EntryKeeper, "push" | "end"> {
    const queue = new ChunkQueue(() => this.#onChange?.());
    this.#queues.add(queue);
    const result = this.#drain(queue, compressToSpool(queue, size, this.#directory, options));
    result.catch(() => undefined);
    return {
      push: (bytes) => queue.push(bytes),
      end: () => {
        queue.end();
        return result;
      },
    };
  }

  async #drain(queue: ChunkQueue, result: Promise<CompressedForm>): Promise<KeptEntry> {
    try {
      return { reopen: { from: "nowhere" }, compressed: await result };
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#queues.delete(queue);
      this.#onChange?.();
    }
  }
}
