import { constants, type Dirent, type Stats } from "node:fs";
import {
  type FileHandle,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
} from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { isFileError } from "../../content/file-error.ts";
import { syncDirectory } from "./sync-directory.ts";
import { partName } from "./part-name.ts";
import type { OnNotice } from "../../content/notice.ts";

const absent = ["ENOENT", "ENOTDIR"] as const;
/** Never through a link, and never waiting for the other end of a FIFO. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** What file systems say that have no hard links: FAT, some network shares. */
const noHardLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"] as const;

/** Behind the name of what the collector of garbage has taken and not removed yet. */
export const takenSuffix = ".taken";

/**
 * The files of a folder that may come from elsewhere, a USB stick say: only regular files, in real folders below its root.
 * Links, FIFOs and devices are not there, as far as this is concerned, and are told of once each.
 */
export class LayoutFiles {
  readonly root: string;
  /** Where files are while they are not finished: on the same file system. */
  readonly #unfinished: string;
  readonly #onNotice: OnNotice;
  /** Folders that are known to have no link on the way to them. */
  readonly #confined = new Set<string>();
  readonly #warned = new Set<string>();

  constructor(root: string, unfinished: string, onNotice: OnNotice = () => {}) {
    this.root = root;
    this.#unfinished = unfinished;
    this.#onNotice = onNotice;
  }

  /** A file that is open for reading, or undefined where there is none. */
  async open(path: string): Promise<FileHandle | undefined> {
    if (!(await this.#isConfined(dirname(path)))) return undefined;
    let file: FileHandle | undefined;
    try {
      file = await open(path, readFlags);
      if ((await file.stat()).isFile()) return file;
      this.#skip(path);
    } catch (error) {
      if (isFileError(error, "ELOOP", "ENXIO", "EMLINK")) this.#skip(path);
      else if (!isFileError(error, ...absent)) {
        await file?.close();
        throw error;
      }
    }
    await file?.close();
    return undefined;
  }

  /** A file's content, or undefined where there is none, or where it has more bytes than `limit`. */
  async read(path: string, limit: number = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    const file = await this.open(path);
    if (!file) return undefined;
    await using opened = file;
    return (await opened.stat()).size > limit ? undefined : opened.readFile();
  }

  /** What the file system says of a file, or undefined where there is none. */
  async stat(path: string): Promise<Stats | undefined> {
    if (!(await this.#isConfined(dirname(path)))) return undefined;
    const stats = await statOrAbsent(path);
    if (!stats || stats.isFile()) return stats;
    this.#skip(path);
    return undefined;
  }

  /** A file's size in bytes, or undefined where there is none. */
  async size(path: string): Promise<number | undefined> {
    return (await this.stat(path))?.size;
  }

  /** Names of the regular files in a folder, in code unit order; none where there is no such folder. */
  async list(folder: string): Promise<readonly string[]> {
    return (await this.#entries(folder)).filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  /** Names of the folders in a folder, in code unit order. */
  async listFolders(folder: string): Promise<readonly string[]> {
    return (await this.#entries(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  async #entries(folder: string): Promise<readonly Dirent[]> {
    if (!(await this.#isConfined(folder))) return [];
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() && !entry.isDirectory()) this.#skip(join(folder, entry.name));
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Makes a file appear whole or not at all, in the place of one that is there, and stay: it survives a loss of power. */
  async write(path: string, content: Uint8Array | string): Promise<void> {
    await this.#prepare(path, content, (unfinished) => rename(unfinished, path));
  }

  /** The same, where there is no such file yet; false, and nothing is changed, where there is one. */
  async writeNew(path: string, content: Uint8Array | string): Promise<boolean> {
    if (await statOrAbsent(path)) return false;
    return this.#prepare(path, content, (unfinished) => moveNew(unfinished, path));
  }

  async #prepare<T>(
    path: string,
    content: Uint8Array | string,
    finish: (unfinished: string) => Promise<T>,
  ): Promise<T> {
    await this.makeFolder(dirname(path));
    const unfinished = join(this.#unfinished, partName());
    try {
      await using file = await this.openUnfinished(unfinished);
      await file.writeFile(content);
      await file.sync();
      const done = await finish(unfinished);
      await syncDirectory(dirname(path));
      return done;
    } finally {
      await rm(unfinished, { force: true }).catch(() => {});
    }
  }

  /** Makes a file that is not finished, and its folder again where somebody has cleared that away. */
  async openUnfinished(path: string): Promise<FileHandle> {
    const make = (): Promise<FileHandle> => open(path, "wx+", 0o644);
    return make().catch(async (error: unknown) => {
      if (!isFileError(error, "ENOENT")) throw error;
      await this.makeFolder(dirname(path));
      return make();
    });
  }

  /** Gives a finished and synced file one more name, which nothing has yet; false where something has it. */
  async place(finished: string, path: string): Promise<boolean> {
    await this.makeFolder(dirname(path));
    const placed = await linkNew(finished, path);
    if (placed) await syncDirectory(dirname(path));
    return placed;
  }

  /** Gives a finished and synced file a name, in the place of what has it now. */
  async replace(finished: string, path: string): Promise<void> {
    await this.makeFolder(dirname(path));
    await rename(finished, path);
    await syncDirectory(dirname(path));
  }

  /**
   * Makes a file young, which keeps the collector of garbage away from it, and says whether it is there. In this order:
   * the collector takes a file away first and looks at its age then, so one that is still there was young in time.
   */
  async touch(path: string): Promise<boolean> {
    if (!(await this.#isConfined(dirname(path)))) return false;
    try {
      const now = new Date();
      await lutimes(path, now, now);
    } catch (error) {
      if (isFileError(error, ...absent)) return false;
      throw error;
    }
    return (await this.stat(path)) !== undefined;
  }

  /**
   * Puts a file on disk that others have written, who may not have waited for it, so that what refers to it does not outlive
   * it; false where there is none. Windows lets only those ask for that who may write to the file.
   */
  async sync(path: string): Promise<boolean> {
    const file = await this.open(path);
    if (!file) return false;
    await using opened = file;
    if (process.platform !== "win32") await opened.sync();
    await syncDirectory(dirname(path));
    return true;
  }

  /** Removes a file; false where there was none. */
  async remove(path: string): Promise<boolean> {
    if ((await this.stat(path)) === undefined) return false;
    try {
      await rm(path);
    } catch (error) {
      if (isFileError(error, ...absent)) return false;
      throw error;
    }
    await syncDirectory(dirname(path));
    return true;
  }

  /**
   * Takes a file away, and for good if it still is what nobody wants: whoever began to use it before is seen in what it
   * is now, and whoever comes later finds that it is gone. Otherwise, also where that cannot be told, it is put back, unless
   * there is a newer one.
   */
  async take(path: string, isUnwanted: (taken: string) => Promise<boolean>): Promise<boolean> {
    const taken = `${path}${takenSuffix}`;
    try {
      await rename(path, taken);
    } catch (error) {
      if (isFileError(error, ...absent)) return false;
      throw error;
    }
    let isGone = false;
    try {
      isGone = await isUnwanted(taken);
    } finally {
      if (!isGone) await this.putBack(taken);
    }
    if (isGone) await rm(taken, { force: true });
    return isGone;
  }

  /** Undoes a {@link take} that was cut short. */
  async putBack(taken: string): Promise<void> {
    if (!(await moveNew(taken, taken.slice(0, -takenSuffix.length)))) await rm(taken, { force: true });
  }

  /** Makes a folder and those above it, each entry on disk before this returns; throws `LAYOUT_INVALID` for a link among them. */
  async makeFolder(folder: string): Promise<void> {
    if (this.#confined.has(folder) && (await statOrAbsent(folder))?.isDirectory()) return;
    if (folder !== this.root) {
      await this.makeFolder(dirname(folder));
      await makeOneFolder(folder);
    }
    this.#confined.add(folder);
  }

  /** Whether a folder is there, with no link on the way from the root to it. */
  async #isConfined(folder: string): Promise<boolean> {
    if (folder === this.root) return true;
    if (this.#confined.has(folder)) return (await statOrAbsent(folder))?.isDirectory() ?? false;
    if (!(await this.#isConfined(dirname(folder)))) return false;
    const stats = await statOrAbsent(folder);
    if (stats && !stats.isDirectory()) this.#skip(folder);
    if (!stats?.isDirectory()) return false;
    this.#confined.add(folder);
    return true;
  }

  #skip(path: string): void {
    if (this.#warned.has(path) || this.#warned.size > 1000) return;
    this.#warned.add(path);
    const name = printable(relative(this.root, path).split(sep).join("/"));
    const text = `Left out "${name}": it is no regular file, nor a folder`;
    this.#onNotice({ severity: "warning", text });
  }
}

/** A folder's own path, with no link on the way to it, whether it is there yet or not. */
export async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isFileError(error, "ENOENT")) throw error;
    const above = dirname(path);
    return above === path ? path : join(await realFolder(above), relative(above, path));
  }
}

async function statOrAbsent(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isFileError(error, ...absent)) return undefined;
    throw error;
  }
}

async function makeOneFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
    await syncDirectory(dirname(folder));
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error;
    if ((await lstat(folder)).isDirectory()) return;
    throw new AirgapError("LAYOUT_INVALID", `Cannot use "${folder}": it is a link or a file, not a folder`, {
      exit: "usage",
      hint: "A folder of airgap-load has no links in it: copy what it stands for into its place.",
    });
  }
}

/** Renames a file unless the name is taken. */
async function moveNew(from: string, to: string): Promise<boolean> {
  const moved = await linkNew(from, to);
  if (moved) await rm(from, { force: true });
  return moved;
}

/** Gives a file another name unless that is taken; where files can have one name only, it loses the first. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isFileError(error, "EEXIST")) return false;
    if (!isFileError(error, ...noHardLinks)) throw error;
    if (await statOrAbsent(to)) return false;
    await rename(from, to);
    return true;
  }
}
