import { describeFileError, isFullDisk } from "../../content/file-error.ts";
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, statfsSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

/** A temp file that is being written. */
export interface SpoolFile {
  readonly path: string;
  /** Throws `DISK_FULL` or `TEMP_DIR_UNUSABLE`. */
  write(bytes: Uint8Array): void;
  close(): void;
}

/**
 * Makes a new file in a spool's folder, from any thread, once there is room for the expected bytes.
 * Throws `DISK_FULL` or `TEMP_DIR_UNUSABLE`, naming the folder and the option that gives another.
 */
export function createSpoolFile(directory: string, expectedSize: number): SpoolFile {
  const path = join(directory, randomUUID());
  checkRoom(directory, expectedSize);
  const descriptor = attempt(directory, () => {
    if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
    return openSync(path, "wx", 0o600);
  });
  return {
    path,
    write(bytes) {
      attempt(directory, () => {
        for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      });
    },
    close: () => closeSync(descriptor),
  };
}

/** Throws `DISK_FULL` where a spool in `directory` cannot take that many bytes. */
export function checkRoom(directory: string, wanted: number): void {
  const { bavail, bsize } = attempt(directory, () => statfsSync(dirname(directory)));
  const free = bavail * bsize;
  if (free < wanted) throw diskFull(directory, `${wanted} bytes are wanted, ${free} are free`);
}

function attempt<T>(directory: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const detail = describeFileError(cause);
    if (isFullDisk(cause)) throw diskFull(directory, detail, cause);
    throw new AirgapError(
      "TEMP_DIR_UNUSABLE",
      `Cannot write to "${printable(dirname(directory))}": ${detail}`,
      {
        exit: "cannotCreate",
        hint: "Name another folder for temp files with --temp-dir.",
        cause,
      },
    );
  }
}

function diskFull(directory: string, detail: string, cause?: unknown): AirgapError {
  return new AirgapError("DISK_FULL", `Cannot keep layers in "${printable(dirname(directory))}": ${detail}`, {
    exit: "disk",
    hint: "Make room, or name another folder for temp files with --temp-dir.",
    cause,
  });
}
