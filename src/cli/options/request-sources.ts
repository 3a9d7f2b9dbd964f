import { openArchive } from "../../archive/open-archive.ts";
import type { SourceRequest } from "../../transfer/plan/open-sources.ts";
import { expectChecksum, readChecksums } from "./checksums.ts";
import type { ArchiveFlags, LoadFlags } from "./load-flags.ts";
import type { GivenArchive } from "./load-request.ts";
import type { Terminal } from "../terminal.ts";

type SourceFlags = ArchiveFlags & Pick<LoadFlags, "layerCompression" | "compressionLevel">;

/** How each archive is opened when its turn comes; checksum files are read now. */
export async function requestSources(
  archives: readonly GivenArchive[],
  flags: SourceFlags,
  { stdin }: Terminal,
): Promise<SourceRequest[]> {
  const sums = await readChecksums(flags.checksums);
  return archives.map(({ path, flag }) => ({
    title: path === "-" ? "standard input" : path,
    ...(flag ? { flag } : {}),
    ...(flags.checksums.length ? { expectedSha256: expectChecksum(sums, path) } : {}),
    open: (options) =>
      openArchive(path === "-" ? { stdin } : { path }, {
        ...options,
        tempDir: flags.tempDir,
        layerCompression: flags.layerCompression,
        compressionLevel: flags.compressionLevel,
        allowForeign: flags.allowForeign ?? false,
      }),
  }));
}
