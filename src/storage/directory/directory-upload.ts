import { createHash, type Hash, randomUUID } from "node:crypto";
import { type FileHandle, rm } from "node:fs/promises";
import { join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Digest, digestAlgorithm } from "../../oci/digest.ts";
import { checkDigest } from "../check-digest.ts";
import type { LayoutFiles } from "../layout/layout-files.ts";
import type { Upload } from "../content-storage.ts";
import { UploadSteps } from "../upload-steps.ts";
import { BatchWriter } from "./batch-writer.ts";
import { hashFile } from "./hash-file.ts";

export interface UploadOwner {
  readonly files: LayoutFiles;
  /** The folder of what is not finished. */
  readonly folder: string;
  /** Makes the finished file the repository's blob; it may be left where it is. */
  keep(finished: FinishedFile, digest: Digest): Promise<void>;
  forget(id: string): void;
}

/** A file whose content is known to be right. */
export interface FinishedFile {
  readonly path: string;
  /** Which file it is, whatever has its name meanwhile. */
  readonly inode: number;
}

/**
 * An upload into a file that is open from its first byte to its commit: what is deleted or put in its place meanwhile can
 * only make it fail. The hash goes along with the bytes, so that nothing is read again.
 */
export class DirectoryUpload implements Upload {
  readonly id: string = randomUUID();
  readonly #path: string;
  readonly #owner: UploadOwner;
  readonly #steps = new UploadSteps(() => this.#end());
  readonly #sha256 = createHash("sha256");
  #file: FileHandle | undefined;
  #offset = 0;

  constructor(owner: UploadOwner) {
    this.#path = join(owner.folder, this.id);
    this.#owner = owner;
  }

  get offset(): number {
    return this.#offset;
  }

  get isIdle(): boolean {
    return this.#steps.isIdle;
  }

  append(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#steps.append(async () => {
      const writer = new BatchWriter(await this.#open());
      try {
        for await (const chunk of bytes) {
          this.#steps.check();
          this.#sha256.update(chunk);
          this.#offset += chunk.length;
          await writer.write(chunk);
        }
      } finally {
        await writer.flush().catch((error: unknown) => this.#abandon(error));
      }
    });
  }

  /** What is in the file is no longer known, so nothing can be made of it. */
  async #abandon(error: unknown): Promise<never> {
    await this.cancel();
    throw error;
  }

  async #open(): Promise<FileHandle> {
    this.#file ??= await this.#owner.files.openUnfinished(this.#path);
    return this.#file;
  }

  commit(digest: Digest): Promise<number> {
    return this.#steps.commit(async () => {
      const file = await this.#open();
      checkDigest(await this.#hash(file, digest), digest);
      await file.sync();
      await file.utimes(new Date(), new Date());
      await this.#owner.keep(await this.#finished(file), digest);
      return this.#offset;
    });
  }

  async #hash(file: FileHandle, digest: Digest): Promise<Hash> {
    return digestAlgorithm(digest) === "sha256" ? this.#sha256 : hashFile(file, digestAlgorithm(digest));
  }

  /** Somebody may have deleted it, or put another in its place. */
  async #finished(file: FileHandle): Promise<FinishedFile> {
    const [{ ino, size }, named] = [await file.stat(), await this.#owner.files.stat(this.#path)];
    if (named?.ino === ino && size === this.#offset) return { path: this.#path, inode: ino };
    throw new AirgapError("UPLOAD_UNKNOWN", `Cannot finish the upload: somebody has removed "${this.#path}"`);
  }

  /** Keeps it from being taken for one that a process has left behind. */
  async keepAlive(now: Date): Promise<void> {
    if (this.#steps.isIdle) await this.#file?.utimes(now, now);
  }

  cancel(): Promise<boolean> {
    return this.#steps.cancel();
  }

  async #end(): Promise<void> {
    this.#owner.forget(this.id);
    if (!this.#file) return;
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}
