import type { ArchiveCompression } from "../../content/option-words.ts";
import { packImages, type PackedContent } from "../../archive/pack/pack-images.ts";
import type { Opener } from "../../content/repository.ts";
import { BlobTask, measureBlobs } from "../../transfer/report/blob-task.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import type { GatheredContent } from "../../transfer/save/gathered-content.ts";
import type { Terminal } from "../terminal.ts";
import { maxParts, tooManyParts } from "./write-parts.ts";
import { compressionOfName, writeArchiveFile, type WrittenArchive } from "./write-archive-file.ts";

export interface ImageFile {
  /** `-` is standard output. */
  readonly path: string;
  /** With docker's `manifest.json`. */
  readonly docker: boolean;
  /** By the path's ending, where it is not given. */
  readonly compression?: ArchiveCompression | undefined;
  /** In bytes, where it is to be written in parts. */
  readonly partSize?: number | undefined;
}

/** Writes images whose content was gathered to an archive, telling how much of their blobs was read. */
export async function writeImages(
  { path, docker, compression = compressionOfName(path), partSize }: ImageFile,
  { images, referrers = [], counted = [] }: Pick<PackedContent, "images" | "referrers" | "counted">,
  { manifests, blobs }: GatheredContent,
  terminal: Terminal,
  onEvent: OnEvent,
): Promise<WrittenArchive> {
  const total = measureBlobs([...blobs.values()].map(({ descriptor }) => descriptor));
  if (partSize !== undefined && compression === "none" && total.bytes > partSize * maxParts) {
    throw tooManyParts(path);
  }
  const task = new BlobTask({ activity: "writing", title: path }, onEvent, total);
  const counting = new Map(
    [...blobs].map(([digest, blob]) => {
      const open: Opener = (...how) => task.read(blob.open(...how));
      return [digest, { ...blob, open }];
    }),
  );
  const tar = packImages(
    { images, referrers, counted, manifests, blobs: counting },
    { docker, signal: terminal.signal },
  );
  const written = await writeArchiveFile(path, tar, compression, terminal, partSize);
  task.end();
  return written;
}
