import { AirgapError } from "../oci/airgap-error.ts";
import { openFileLimit } from "./open-file-limit.ts";
import type { Upload } from "./content-storage.ts";

interface OpenUpload<T extends Upload> {
  readonly repository: string;
  readonly upload: T;
  usedAt: number;
  /** How far it was when it was last looked at: what grows is in use, however long its request lasts. */
  offset: number;
}

/** More than any honest client opens; each has a file open. */
const maxOpenUploads = 1000;
/** One that nobody has touched for so many milliseconds is given up where there is no room for another. */
const minIdleTime = 60_000;

/** The uploads that are under way, by id; each is known to its own repository only. */
export class OpenUploads<T extends Upload> {
  readonly #uploads = new Map<string, OpenUpload<T>>();
  readonly #limit: number;

  constructor(limit: number = Math.min(maxOpenUploads, Math.floor(openFileLimit() / 4))) {
    this.#limit = limit;
  }

  /** Throws `TOO_MANY_UPLOADS` where there is no room, and none can be made without harm. */
  async add(repository: string, upload: T): Promise<void> {
    if (this.#uploads.size >= this.#limit) await this.#makeRoom();
    this.#uploads.set(upload.id, { repository, upload, usedAt: Date.now(), offset: 0 });
  }

  /** Gives up one that nobody has sent a byte to, or else has touched for long: the longest untouched. */
  async #makeRoom(): Promise<void> {
    const idle = [...this.#uploads.values()]
      .filter(({ upload }) => upload.isIdle)
      .sort((a, b) => a.usedAt - b.usedAt);
    const before = Date.now() - minIdleTime;
    const victim =
      idle.find(({ upload }) => upload.offset === 0) ?? idle.find(({ usedAt }) => usedAt < before);
    if (!victim) {
      throw new AirgapError(
        "TOO_MANY_UPLOADS",
        `Cannot begin another upload: ${this.#uploads.size} are under way`,
      );
    }
    await victim.upload.cancel();
  }

  find(repository: string, id: string): T | undefined {
    const open = this.#uploads.get(id);
    if (open?.repository !== repository) return undefined;
    open.usedAt = Date.now();
    return open.upload;
  }

  delete(id: string): void {
    this.#uploads.delete(id);
  }

  all(): readonly T[] {
    return [...this.#uploads.values()].map(({ upload }) => upload);
  }

  /** Gives up all uploads that nobody has touched since a time in milliseconds; commits under way are waited for. */
  async cancelUntouched(since: number): Promise<void> {
    for (const open of this.#uploads.values()) {
      if (open.upload.offset !== open.offset) open.usedAt = Date.now();
      open.offset = open.upload.offset;
      if (open.usedAt < since) await open.upload.cancel();
    }
  }
}
