import { open, stat } from "node:fs/promises";
import { sniff, sniffSize } from "../../stream/sniff.ts";

/**
 * Whether to decompress a file takes a window of up to 128 MiB in memory, as zstd and xz do. False for what is no file,
 * a pipe among others, whose bytes can be read only once, and for what cannot be read.
 */
export async function hasLargeWindow(path: string): Promise<boolean> {
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!isFile) return false;
  const format = sniff(await readHead(path));
  return format === "zstd" || format === "xz";
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffSize), 0, sniffSize, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return new Uint8Array();
  }
}
