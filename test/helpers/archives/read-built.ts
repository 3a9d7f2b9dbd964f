import { onTestFinished } from "vitest";
import { createArchiveSource } from "../../../src/archive/archive-source.ts";
import { Spool } from "../../../src/archive/spool/spool.ts";
import type { ImageSource } from "../../../src/content/image-source.ts";
import { scanBuilt } from "./scan-built.ts";
import type { TarBuilder } from "./tar-builder.ts";

/** Opens an archive that a test has built as a source, until the test ends. */
export async function readBuilt(
  tar: TarBuilder | Uint8Array,
  options: { allowForeign?: boolean } = {},
): Promise<ImageSource> {
  const spool = new Spool();
  onTestFinished(() => spool[Symbol.asyncDispose]());
  const { allowForeign = false } = options;
  const index = await scanBuilt(tar);
  return createArchiveSource(index, { title: "built.tar", spool, layerCompression: "gzip", allowForeign });
}
