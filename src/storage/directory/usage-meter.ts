import { statfs } from "node:fs/promises";
import type { StorageUsage } from "../content-storage.ts";
import type { LayoutFiles } from "../layout/layout-files.ts";
import { listDigests } from "../layout/layout-links.ts";
import type { LayoutPaths } from "../layout/layout-paths.ts";

/** A count of all files takes a while in a large folder, and monitoring asks every few seconds. */
const keptFor = 60_000;

/** Counts what is in a layout, once a minute at most. */
export class UsageMeter {
  readonly #files: LayoutFiles;
  readonly #paths: LayoutPaths;
  #counted: Promise<Pick<StorageUsage, "blobs" | "bytes">> | undefined;
  #countedAt = 0;

  constructor(files: LayoutFiles, paths: LayoutPaths) {
    this.#files = files;
    this.#paths = paths;
  }

  async measure(now: number = Date.now()): Promise<StorageUsage> {
    if (!this.#counted || now - this.#countedAt >= keptFor) {
      this.#counted = this.#count();
      // What could not be counted is tried again the next time.
      this.#counted.catch(() => (this.#counted = undefined));
      this.#countedAt = now;
    }
    const [counted, free, collected] = await Promise.all([
      this.#counted,
      readFree(this.#paths.root),
      this.#files.stat(this.#paths.collected),
    ]);
    return {
      ...counted,
      ...(free === undefined ? {} : { free }),
      ...(collected ? { collectedAt: collected.mtime } : {}),
    };
  }

  async #count(): Promise<Pick<StorageUsage, "blobs" | "bytes">> {
    const counted = { blobs: 0, bytes: 0 };
    for (const digest of await listDigests(this.#files, this.#paths.blobs)) {
      const size = await this.#files.size(this.#paths.blob(digest));
      if (size === undefined) continue;
      counted.blobs++;
      counted.bytes += size;
    }
    return counted;
  }
}

async function readFree(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
