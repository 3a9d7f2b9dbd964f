import { join } from "node:path";
import { isFileError } from "../../content/file-error.ts";
import { readFile } from "../../stream/read-file.ts";

/** A checksum, and the file that promises it. */
export interface PromisedSum {
  /** Hex. */
  readonly sha256: string;
  readonly by: string;
}

/** Ten thousand parts take less. */
const maxSize = 2 * 1024 * 1024;

/**
 * The checksums by file name that lie beside a split file as `FILE.sha256sum`, in the form of `sha256sum`: of the parts, and of
 * the whole. None where there is no such file, or one that says something else.
 */
export async function readPartSums(folder: string, whole: string): Promise<ReadonlyMap<string, PromisedSum>> {
  const by = `${whole}.sha256sum`;
  const text = (await readSmall(join(folder, by))).toString("utf8");
  const lines = [...text.matchAll(/^([0-9a-f]{64}) [ *](.+?)\r?$/gim)];
  return new Map(
    lines.map(([, sha256 = "", name = ""]) => [
      name.replace(/^\.\//, ""),
      { sha256: sha256.toLowerCase(), by },
    ]),
  );
}

async function readSmall(path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of readFile(path)) {
      size += chunk.length;
      if (size > maxSize) return Buffer.alloc(0);
      chunks.push(chunk);
    }
  } catch (error) {
    if (isFileError(error, "ENOENT", "EISDIR", "EACCES")) return Buffer.alloc(0);
    throw error;
  }
  return Buffer.concat(chunks);
}
