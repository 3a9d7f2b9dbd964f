import { join } from "node:path";
import { Readable } from "node:stream";
import type { ArchiveIndex } from "../../../src/archive/index/archive-index.ts";
import { scanArchive } from "../../../src/archive/scan/scan-archive.ts";
import type { TarBuilder } from "./tar-builder.ts";
import { makeTempFolder } from "../temp-folder.ts";

/** Scans an archive that a test has built, without a thread of its own. */
export async function scanBuilt(tar: TarBuilder | Uint8Array): Promise<ArchiveIndex> {
  const spoolDirectory = join(await makeTempFolder(), "spool");
  const bytes = tar instanceof Uint8Array ? tar : await tar.build();
  const chunks = Readable.from([bytes]);
  return scanArchive({ chunks }, { title: "built.tar", spoolDirectory, layerCompression: "none" });
}
