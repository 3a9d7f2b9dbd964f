import { rmSync } from "node:fs";
import { ChunkQueue } from "../../stream/chunk-queue.ts";
import type { CompressedForm } from "../index/archive-index.ts";
import type { CompressionOptions } from "./compress-chunks.ts";
import { compressToSpool } from "./compress-to-spool.ts";
import type { EntryKeeper, EntryStore, InnerAccess, KeptEntry } from "../index/entry-store.ts";
import type { ScanSettings } from "../index/scan-options.ts";
import { createSpoolFile, type SpoolFile } from "./spool-file.ts";

/** Layers that are being compressed before the scan waits. */
const maxUnderWay = 16;

/** An entry that is being kept in a file. */
interface Keeping extends Pick<EntryKeeper, "push" | "end"> {
  readonly path?: string;
  /** It is not wanted after all. */
  giveUp(): void;
}

/**
 * For what cannot be read twice, or not from the middle: standard input and archives that are compressed otherwise than
 * with gzip. Plain layers are compressed into temp files as they go by, several at a time; the rest is copied there.
 */
class SpoolStore implements EntryStore {
  readonly #directory: string;
  readonly #compression: CompressionOptions | undefined;
  readonly #queues = new Set<ChunkQueue>();
  readonly #openFiles = new Set<SpoolFile>();
  #failure: { readonly error: unknown } | undefined;
  #onChange: (() => void) | undefined;

  /** `compression` is undefined where plain layers are to stay as they are. */
  constructor(directory: string, compression: CompressionOptions | undefined) {
    this.#directory = directory;
    this.#compression = compression;
  }

  createKeeper(size: number): EntryKeeper {
    let keeper: Keeping | undefined;
    let isGzip = false;
    let path = "";
    const giveUp = (): void => {
      keeper?.giveUp();
      keeper = undefined;
    };
    return {
      begin: (format) => {
        isGzip = format === "gzip";
        const isLayer = format === "tar" && this.#compression;
        keeper = isLayer ? this.#compress(size, isLayer) : this.#copy(size);
        path = keeper.path ?? "";
      },
      push: (bytes) => keeper?.push(bytes),
      end: () => {
        const kept = keeper?.end() ?? { reopen: { from: "nowhere" } };
        keeper = undefined;
        return kept;
      },
      drop: giveUp,
      enter: () => this.#enter(path, isGzip ? () => undefined : giveUp),
    };
  }

  /** A gzip stream stays as it is, and what it holds is cut out of it. */
  #enter(path: string, confirm: () => void): InnerAccess {
    return { plain: this, mark: () => undefined, sourceAt: () => ({ path }), confirm };
  }

  abandon(error: unknown): void {
    this.#failure ??= { error };
    for (const queue of this.#queues) queue.end(new Error("the scan has failed", { cause: error }));
    for (const file of this.#openFiles) file.close();
    this.#openFiles.clear();
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

  #copy(size: number): Keeping {
    const file = createSpoolFile(this.#directory, size);
    this.#openFiles.add(file);
    const close = (): void => {
      if (this.#openFiles.delete(file)) file.close();
    };
    return {
      path: file.path,
      push: (bytes) => file.write(bytes),
      end: () => {
        close();
        return { reopen: { from: "spool", path: file.path } };
      },
      giveUp: () => {
        close();
        rmSync(file.path, { force: true });
      },
    };
  }

  #compress(size: number, options: CompressionOptions): Keeping {
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
      giveUp: () => {
        queue.end();
        void result.then(removeForm, () => undefined);
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

/** The store for an archive that is scanned with these options. */
export function createSpoolStore({
  layerCompression,
  compressionLevel: level,
  spoolDirectory,
}: ScanSettings): EntryStore {
  const compression = layerCompression === "none" ? undefined : { compression: layerCompression, level };
  return new SpoolStore(spoolDirectory, compression);
}

function removeForm({ compressed }: KeptEntry): void {
  if (compressed?.from.kind === "spool") rmSync(compressed.from.path, { force: true });
}
