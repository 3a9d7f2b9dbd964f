import { shown } from "../output/shown.ts";
import { basename } from "node:path";
import { writeTextFile } from "../files/write-text-file.ts";
import type { WrittenArchive } from "../files/write-archive-file.ts";

/**
 * Writes `FILE.sha256sum` beside an archive, for `sha256sum -c` and for `--checksums`: a line for each part that it was written
 * in, and one for the whole.
 */
export async function writeChecksum(path: string, { sha256, parts }: WrittenArchive): Promise<void> {
  const sums = [...(parts ?? []), [basename(path), sha256]];
  const text = sums.map(([name, sum]) => `${sum}  ${name}\n`).join("");
  await writeTextFile("the checksum file", `${path}.sha256sum`, shown(text));
}
