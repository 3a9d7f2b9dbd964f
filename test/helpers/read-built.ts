import { Readable } from "node:stream";
import type { EntryAccess } from "../../src/archive/archive-layer.ts";
import { ArchiveMetadata } from "../../src/archive/archive-metadata.ts";
import { asImageLayout } from "../../src/archive/image-layout.ts";
import { type ArchiveImages, readImages } from "../../src/archive/merge-images.ts";
import { indexTar } from "./index-tar.ts";
import type { TarBuilder } from "./tar-builder.ts";

export interface ReadContent extends ArchiveImages {
  readonly notes: readonly string[];
}

/** The images of an archive that a test has built, read without the scan. */
export async function readBuilt(
  tar: TarBuilder,
  options: { allowForeign?: boolean } = {},
): Promise<ReadContent> {
  const index = await indexTar(await tar.build());
  const metadata = new ArchiveMetadata(() => Promise.reject(new Error("its bytes are not in memory")));
  const entries = await asImageLayout(index.entries, metadata);
  const notes: string[] = [];
  const access: EntryAccess = {
    open: (entry) => () => Readable.from([entry.bytes ?? ""]),
    compress: () => Promise.reject(new Error("nothing is compressed here")),
  };
  const content = await readImages({
    entries,
    metadata,
    access,
    notes,
    allowForeign: options.allowForeign ?? false,
  });
  return { ...content, notes };
}
