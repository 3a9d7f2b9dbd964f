import type { ArchiveCompression } from "../../content/option-words.ts";
import { packImages, type PackedContent } from "../../archive/pack/pack-images.ts";
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
  const tar = packImages(
    { images, referrers, counted, manifests, blobs },
    { docker, signal: terminal.signal },
  );
  const total = [...blobs.values()].reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  if (partSize !== undefined && compression === "none" && total > partSize * maxParts) {
    throw tooManyParts(path);
  }
  const onRead = (read: number): void =>
    onEvent({ type: "scanning", title: `images for ${path}`, read, total: Math.max(read, total) });
  return writeArchiveFile(path, countChunks(tar, onRead), compression, terminal, partSize);
}

async function* countChunks(
  chunks: AsyncIterable<Uint8Array>,
  onRead: (read: number) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    yield chunk;
    onRead(read);
  }
}
