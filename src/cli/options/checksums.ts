import { basename } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { readLines } from "../files/read-lines.ts";

/** Hex sha256 by file name without folder, as `sha256sum` writes it and k3s ships it. Throws `CHECKSUMS_INVALID`. */
export async function readChecksums(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const sums = new Map<string, string>();
  for (const path of paths) {
    for (const line of await readLines(path)) {
      const [, hex, name] = /^\\?([0-9a-f]{64})[ \t]+\*?(.+)$/i.exec(line) ?? [];
      if (hex === undefined || name === undefined) {
        throw new AirgapError(
          "CHECKSUMS_INVALID",
          `Cannot read "${path}": want lines of sha256sum, 64 hex digits and a file name`,
        );
      }
      sums.set(basename(name), hex.toLowerCase());
    }
  }
  return sums;
}

/** The sum that a file must have, or `-`, as `sha256sum` calls standard input; one that is not named is an error, not a pass. */
export function expectChecksum(sums: ReadonlyMap<string, string>, path: string): string {
  const sum = sums.get(basename(path));
  if (sum !== undefined) return sum;
  throw new AirgapError("CHECKSUM_MISSING", `Cannot check "${path}": the checksum files do not name it`, {
    hint: "Give the checksum file that came with this archive, or leave --checksums out.",
  });
}
