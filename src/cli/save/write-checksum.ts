import { shown } from "../output/shown.ts";
import { basename } from "node:path";
import { writeTextFile } from "../files/write-text-file.ts";

/** Writes `FILE.sha256sum` beside a file, for `sha256sum -c` and for `--checksums`. */
export async function writeChecksum(path: string, sha256: string): Promise<void> {
  await writeTextFile("the checksum file", `${path}.sha256sum`, shown(`${sha256}  ${basename(path)}\n`));
}
