import type { Shown } from "../output/shown.ts";
import { writeFile } from "node:fs/promises";
import { notWritable } from "./not-writable.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * Writes a file that an option named, given as a text or in pieces; throws `FILE_NOT_WRITABLE`, and then the file is as it was
 * before, or not there.
 */
export async function writeTextFile(
  option: string,
  path: string,
  text: Shown | Iterable<Shown>,
): Promise<void> {
  try {
    await replaceFile(path, (file) => writeFile(file, text));
  } catch (cause) {
    throw notWritable(`Cannot write ${option} "${path}"`, cause);
  }
}
