import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Of spools that are in use. */
const directories = new Set<string>();

function removeAll(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}

/**
 * A temp folder for blobs that cannot be read again from where they came. It is made with the first file, for its user
 * alone, and goes with all that is in it when it is disposed of, or at the latest when the process exits.
 */
export class Spool implements AsyncDisposable {
  /** For `createSpoolFile`. */
  readonly directory: string;

  /** Under `parent`, by default the system's temp folder. */
  constructor(parent: string = tmpdir()) {
    this.directory = join(resolve(parent), `airgap-load-${randomUUID()}`);
    if (directories.size === 0) process.once("exit", removeAll);
    directories.add(this.directory);
  }

  /** Gives one file's room back. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
    directories.delete(this.directory);
    if (directories.size === 0) process.off("exit", removeAll);
  }
}
