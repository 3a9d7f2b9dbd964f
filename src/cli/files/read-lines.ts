import { readFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { decodeText } from "./decode-text.ts";

/** A list file's lines, trimmed; empty ones and `#` comments left out. Throws `FILE_NOT_READABLE`. */
export async function readLines(path: string): Promise<string[]> {
  const text = await readTextFile(path);
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** A small text file that the operator named; throws `FILE_NOT_READABLE`. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return decodeText(await readFile(path));
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AirgapError("FILE_NOT_READABLE", `Cannot read "${path}": ${detail}`, {
      exit: "noInput",
      cause,
    });
  }
}
