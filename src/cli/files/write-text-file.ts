import type { Shown } from "../output/shown.ts";
import { writeFile } from "node:fs/promises";
import { notWritable } from "./not-writable.ts";

/** Writes a file that an option named, whole or in pieces; throws `FILE_NOT_WRITABLE`. */
export async function writeTextFile(
  option: string,
  path: string,
  text: Shown | Iterable<Shown>,
): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw notWritable(`Cannot write ${option} "${path}"`, cause);
  }
}
