import { ScannedAgain } from "../../../src/archive/index/scanned-again.ts";
import { onTestFinished } from "vitest";
import { createArchiveSource } from "../../../src/archive/archive-source.ts";
import { Spool } from "../../../src/archive/spool/spool.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import type { ImageSource } from "../../../src/content/image-source.ts";
import { scanBuilt } from "./scan-built.ts";
import type { TarBuilder } from "./tar-builder.ts";

/** Opens an archive that a test has built as a source, until the test ends; throws what is wrong with an item of it. */
export async function readBuilt(
  tar: TarBuilder | Uint8Array,
  options: { allowForeign?: boolean } = {},
): Promise<ImageSource> {
  const source = await openBuilt(tar, options);
  const [fault] = source.faults;
  if (fault) {
    const { code, exit, hint, message } = fault.error;
    throw new AirgapError(code, message.replace(/^Cannot read archive "built.tar": cannot/, "Cannot"), {
      exit,
      hint,
    });
  }
  return source;
}

/** The same with whatever is wrong in it. */
export async function openBuilt(
  tar: TarBuilder | Uint8Array,
  options: { allowForeign?: boolean } = {},
): Promise<ImageSource> {
  const spool = new Spool();
  onTestFinished(() => spool[Symbol.asyncDispose]());
  const { allowForeign = false } = options;
  const index = await scanBuilt(tar);
  const bytes = new ScannedAgain(() => Promise.resolve(index));
  return createArchiveSource(index, {
    title: "built.tar",
    spool,
    layerCompression: "gzip",
    allowForeign,
    bytes,
  });
}
