import type { Upload } from "./registry-storage.ts";

interface OpenUpload {
  readonly repository: string;
  readonly upload: Upload;
  usedAt: number;
}

/** More than any honest client opens: beyond it, the upload longest untouched is given up. */
const maxOpenUploads = 1000;

/** The uploads that are under way, by id; each is known to its own repository only. */
export class OpenUploads {
  readonly #uploads = new Map<string, OpenUpload>();

  async add(repository: string, upload: Upload): Promise<void> {
    this.#uploads.set(upload.id, { repository, upload, usedAt: Date.now() });
    const [oldest] = this.#uploads.values();
    if (this.#uploads.size > maxOpenUploads) await oldest?.upload.cancel();
  }

  find(repository: string, id: string): Upload | undefined {
    const open = this.#uploads.get(id);
    if (open?.repository !== repository) return undefined;
    this.#uploads.delete(id);
    this.#uploads.set(id, open);
    open.usedAt = Date.now();
    return open.upload;
  }

  delete(id: string): void {
    this.#uploads.delete(id);
  }

  has(id: string): boolean {
    return this.#uploads.has(id);
  }

  /** Gives up all uploads that nobody has touched since a time in milliseconds. */
  async cancelUntouched(since: number): Promise<void> {
    for (const { upload, usedAt } of this.#uploads.values()) if (usedAt < since) await upload.cancel();
  }
}
