import { parseBytes } from "../options/parse-bytes.ts";

/** FAT32 keeps a file's size in 32 bits. */
const fat32 = 2 ** 32 - 1;

/** Bytes that a part may have: `fat32`, or a size such as `4.7G`; for commander. */
export function parsePartSize(value: string): number {
  return value.toLowerCase() === "fat32" ? fat32 : Math.floor(parseBytes(value));
}
