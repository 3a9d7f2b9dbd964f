import type { Command } from "commander";
import { usageError } from "../usage-error.ts";
import { readMinisignKeys } from "./checksum-signature.ts";
import { type Checksum, readChecksums } from "./checksums.ts";
import { collectValues } from "./collect-values.ts";

/** What archives must agree with, wherever archives are read. */
export interface ChecksumFlags {
  readonly checksums: readonly string[];
  readonly checksumsKey: readonly string[];
}

export function addChecksumOptions(command: Command): void {
  command
    .option(
      "--checksums <file>",
      "sha256sum file that the archives must agree with (repeatable)",
      collectValues,
      [],
    )
    .option(
      "--checksums-key <file>",
      "public key of minisign or signify that must have signed each --checksums file (repeatable)",
      collectValues,
      [],
    );
}

/** What the checksum files say, once it is known that they are signed; nothing where none is given. */
export async function readChecksumFlags({
  checksums,
  checksumsKey,
}: ChecksumFlags): Promise<readonly Checksum[] | undefined> {
  if (checksumsKey.length > 0 && checksums.length === 0) {
    throw usageError("Cannot begin: --checksums-key is given without --checksums");
  }
  return checksums.length > 0 ? readChecksums(checksums, await readMinisignKeys(checksumsKey)) : undefined;
}
