import { describeFileError } from "../../content/file-error.ts";
import { readFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { decodeText } from "../../content/decode-text.ts";

/** A list file's lines, trimmed; empty ones and `#` comments left out. Throws `FILE_NOT_READABLE`. */
export async function readLines(path: string): Promise<string[]> {
  return splitLines(await readTextFile(path));
}

/** The same of a text that was read already. */
export function splitLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** A small text file that the operator named; throws `FILE_NOT_READABLE`. */
export async function readTextFile(path: string): Promise<string> {
  return decodeText(await readSmallFile(path));
}

/** The same as it stands on disk. */
export async function readSmallFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const detail = describeFileError(cause);
    throw new AirgapError("FILE_NOT_READABLE", `Cannot read "${path}": ${detail}`, {
      exit: "noInput",
      cause,
    });
  }
}
