import type { Upload } from "./registry-storage.ts";

interface OpenUpload {
  readonly repository: string;
  readonly upload: Upload;
  usedAt: number;
  /** How far it was when it was last looked at: what grows is in use, however long its request lasts. */
  offset: number;
}

/** More than any honest client opens: beyond it, one that nobody has sent a byte to is given up, the oldest first. */
const maxOpenUploads = 1000;

/** The uploads that are under way, by id; each is known to its own repository only. */
export class OpenUploads {
  readonly #uploads = new Map<string, OpenUpload>();

  async add(repository: string, upload: Upload): Promise<void> {
    this.#uploads.set(upload.id, { repository, upload, usedAt: Date.now(), offset: 0 });
    if (this.#uploads.size <= maxOpenUploads) return;
    const uploads = [...this.#uploads.values()];
    await (uploads.find((open) => open.upload.offset === 0) ?? uploads[0])?.upload.cancel();
  }

  find(repository: string, id: string): Upload | undefined {
    const open = this.#uploads.get(id);
    if (open?.repository !== repository) return undefined;
    open.usedAt = Date.now();
    return open.upload;
  }

  delete(id: string): void {
    this.#uploads.delete(id);
  }

  /** Gives up all uploads that nobody has touched since a time in milliseconds. */
  async cancelUntouched(since: number): Promise<void> {
    for (const open of this.#uploads.values()) {
      if (open.upload.offset !== open.offset) open.usedAt = Date.now();
      open.offset = open.upload.offset;
      if (open.usedAt < since) await open.upload.cancel();
    }
  }
}
