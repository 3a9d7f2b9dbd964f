import { createHash, randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { lstat, open, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolders } from "../../content/make-folders.ts";

/** Of all files together; those that were used longest ago go first. */
const maxTotalSize = 256 * 1024 * 1024;
const maxFiles = 500;
const maxFileSize = 64 * 1024 * 1024;
const checksumSize = 32;
/** That others can write. */
const foreignWrite = 0o022;

/**
 * Files in a user's cache folder, each with a checksum in front. Whatever is wrong with the folder or a file only means that
 * nothing is remembered; a folder or a file that another user owns or can write is left alone.
 */
export class CacheFolder {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  has(name: string): boolean {
    return existsSync(join(this.#directory, name));
  }

  /** A file's content, undamaged and our own. */
  async read(name: string): Promise<Uint8Array | undefined> {
    const path = join(this.#directory, name);
    try {
      if (!isOurs(await lstat(this.#directory))) return undefined;
      await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      const stats = await file.stat();
      if (!isOurs(stats) || stats.size > maxFileSize) return undefined;
      const bytes = await file.readFile();
      const content = bytes.subarray(checksumSize);
      if (!checksum(content).equals(bytes.subarray(0, checksumSize))) return undefined;
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return content;
    } catch {
      return undefined;
    }
  }

  /** Puts a file in place whole, whoever else does so at the same time. */
  async write(name: string, content: Uint8Array): Promise<void> {
    if (content.length + checksumSize > maxFileSize) return;
    const unfinished = join(this.#directory, `unfinished-${randomUUID()}`);
    try {
      await makeFolders(this.#directory, 0o700);
      if (!isOurs(await lstat(this.#directory))) return;
      await writeFile(unfinished, Buffer.concat([checksum(content), content]), { mode: 0o600, flag: "wx" });
      await rename(unfinished, join(this.#directory, name));
      await this.#forgetOldest();
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  async #forgetOldest(): Promise<void> {
    const names = (await readdir(this.#directory)).filter((name) => /^(?:scan|file|unfinished)-/.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#directory, name);
        const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
        return { path, size, mtimeMs };
      }),
    );
    files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let total = 0;
    for (const [at, { path, size }] of files.entries()) {
      total += size;
      if (at >= maxFiles || total > maxTotalSize) await rm(path, { force: true });
    }
  }
}

function checksum(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}

function isOurs({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return (process.getuid?.() ?? uid) === uid && (mode & foreignWrite) === 0;
}
