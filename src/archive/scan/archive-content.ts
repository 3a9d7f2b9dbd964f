import { GzipSplicer } from "../../deflate/splice/gzip-splicer.ts";
import type { MakeSha256 } from "../../oci/digest.ts";
import { copyChunks } from "../../stream/copy-chunks.ts";
import { DecodedBytes } from "../../stream/decoded-bytes.ts";
import type { Decoder } from "../../stream/decoder.ts";
import { decompress } from "../../stream/decompress.ts";
import { decompressXz } from "../../stream/decompress-xz.ts";
import { PlainDecoder } from "../../stream/plain-decoder.ts";
import { type Format, sniff, sniffSize } from "../../stream/sniff.ts";
import type { Compression } from "../index/archive-index.ts";
import { refuseFormat } from "./refuse-format.ts";

/** The tar in an archive, ready to be pulled out. */
export interface ArchiveContent {
  readonly tar: DecodedBytes;
  /** Around the whole archive; the outermost, where there are several. */
  readonly compression: Compression;
  /** What inflates the tar, where it is compressed with gzip and nothing else: it can cut blobs out. */
  readonly splicer?: GzipSplicer;
}

/**
 * Opens the tar in a stream that begins like that, and in gzip inside of it. No chunk of the stream need outlast the next one.
 * Throws `ARCHIVE_UNSUPPORTED` for what holds no tar, naming what it is.
 */
export async function openContent(
  chunks: AsyncIterable<Uint8Array>,
  head: Uint8Array,
  createZstdDecoder: () => Decoder,
  makeSha256?: MakeSha256,
): Promise<ArchiveContent> {
  const format = sniff(head);
  const content = decode(chunks, format, createZstdDecoder, makeSha256);
  if (!content) throw refuseFormat(format, head);
  const start = await content.tar.peek(sniffSize);
  const inside = sniff(start);
  if (inside === "tar") return content;
  if (inside !== "gzip") throw refuseFormat(inside, start, format);
  const tar = new DecodedBytes(decompress(content.tar), new PlainDecoder());
  const innerStart = await tar.peek(sniffSize);
  if (sniff(innerStart) !== "tar") throw refuseFormat(sniff(innerStart), innerStart, format);
  return { tar, compression: content.compression };
}

function decode(
  chunks: AsyncIterable<Uint8Array>,
  format: Format,
  createZstdDecoder: () => Decoder,
  makeSha256: MakeSha256 | undefined,
): ArchiveContent | undefined {
  if (format === "tar") return { tar: new DecodedBytes(chunks, new PlainDecoder()), compression: "none" };
  if (format === "zstd") return { tar: new DecodedBytes(chunks, createZstdDecoder()), compression: "zstd" };
  if (format === "xz") {
    return { tar: new DecodedBytes(decompressXz(copyChunks(chunks)), new PlainDecoder()), compression: "xz" };
  }
  if (format !== "gzip") return undefined;
  const splicer = new GzipSplicer({ makeSha256 });
  return { tar: new DecodedBytes(chunks, splicer), compression: "gzip", splicer };
}
