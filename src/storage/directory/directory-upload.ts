import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestAlgorithm } from "../../oci/digest.ts";
import { checkDigest } from "../check-digest.ts";
import type { Upload } from "../registry-storage.ts";

export interface UploadOwner {
  /** Takes over the finished file and makes it the repository's blob. */
  keep(path: string, digest: Digest): Promise<void>;
  forget(id: string): void;
}

/** Fewer, larger writes: what a socket gives comes in 64 KiB. */
const batchSize = 256 * 1024;
const syncSize = 32 * 1024 * 1024;

/** An upload into a file; the hash goes along with the bytes, so that nothing is read again. */
export class DirectoryUpload implements Upload {
  readonly id: string = randomUUID();
  readonly #path: string;
  readonly #owner: UploadOwner;
  readonly #sha256 = createHash("sha256");
  #offset = 0;

  constructor(directory: string, owner: UploadOwner) {
    this.#path = join(directory, this.id);
    this.#owner = owner;
  }

  get offset(): number {
    return this.#offset;
  }

  async append(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await using file = await open(this.#path, "a", 0o644);
    const writer = new BatchWriter(file);
    try {
      for await (const chunk of bytes) {
        this.#sha256.update(chunk);
        this.#offset += chunk.length;
        await writer.write(chunk);
      }
    } finally {
      await writer.flush().catch((error: unknown) => this.#abandon(error));
    }
  }

  /** What is in the file is no longer known, so nothing can be made of it. */
  async #abandon(error: unknown): Promise<never> {
    await this.cancel();
    throw error;
  }

  async commit(digest: Digest): Promise<number> {
    this.#owner.forget(this.id);
    try {
      await using file = await open(this.#path, "a", 0o644);
      checkDigest(await this.#hash(digest), digest);
      await file.sync();
      await this.#owner.keep(this.#path, digest);
      return this.#offset;
    } catch (error) {
      await this.cancel();
      throw error;
    }
  }

  async #hash(digest: Digest): Promise<ReturnType<typeof createHash>> {
    if (digestAlgorithm(digest) === "sha256") return this.#sha256;
    const hash = createHash(digestAlgorithm(digest));
    for await (const chunk of createReadStream(this.#path, { highWaterMark: batchSize }))
      hash.update(chunk as Uint8Array);
    return hash;
  }

  async cancel(): Promise<void> {
    this.#owner.forget(this.id);
    await rm(this.#path, { force: true });
  }
}

/** Collects chunks and writes them while the next ones arrive; a failed write is met at the next one. */
class BatchWriter {
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
