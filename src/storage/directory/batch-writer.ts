import type { FileHandle } from "node:fs/promises";

/** Fewer, larger writes: what a socket gives comes in 64 KiB. */
const batchSize = 256 * 1024;
const syncSize = 32 * 1024 * 1024;

/** At the end of a file that is new: collects chunks and writes them while the next ones arrive; a failed write is met at the next one. */
export class BatchWriter {
  readonly #file: FileHandle;
  #batch: Uint8Array[] = [];
  #size = 0;
  #writing: Promise<void> = Promise.resolve();
  #unsynced = 0;
  #syncing: Promise<void> | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#batch.push(chunk);
    this.#size += chunk.length;
    if (this.#size < batchSize) return;
    await this.#writing;
    this.#start();
  }

  async flush(): Promise<void> {
    await this.#writing;
    this.#start();
    await this.#writing;
    await this.#syncing;
  }

  #start(): void {
    const batch = this.#batch;
    this.#sync(this.#size);
    this.#batch = [];
    this.#size = 0;
    this.#writing = writeAll(this.#file, batch);
    this.#writing.catch(() => {});
  }

  /**
   * Has the disk at work while bytes still arrive, instead of all at once in the commit, for which clients time out. What
   * goes wrong here is told once, and not to the sync of the commit: `flush` meets it.
   */
  #sync(size: number): void {
    this.#unsynced += size;
    if (this.#unsynced < syncSize || this.#syncing) return;
    this.#unsynced = 0;
    this.#syncing = this.#file.datasync().then(() => {
      this.#syncing = undefined;
    });
    this.#syncing.catch(() => {});
  }
}

async function writeAll(file: FileHandle, chunks: Uint8Array[]): Promise<void> {
  let rest = chunks;
  while (rest.length) {
    let { bytesWritten } = await file.writev(rest);
    while (rest[0] && bytesWritten >= rest[0].length) {
      bytesWritten -= rest[0].length;
      rest = rest.slice(1);
    }
    if (rest[0] && bytesWritten > 0) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)];
  }
}
