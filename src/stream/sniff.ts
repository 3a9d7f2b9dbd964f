import { blockSize, hasTarChecksum } from "./tar-checksum.ts";

/** What bytes are, as far as their start tells; `json` is what looks like it. */
export type Format =
  | "tar"
  | "gzip"
  | "zstd"
  | "xz"
  | "bzip2"
  | "lz4"
  | "zip"
  | "html"
  | "lfs"
  | "json"
  | "empty"
  | "other";

/** Bytes that {@link sniff} needs, or all there are. */
export const sniffSize: number = blockSize;

const magics: readonly (readonly [format: Format, hex: RegExp])[] = [
  ["gzip", /^1f8b08/],
  ["zstd", /^(?:28b52ffd|5[0-9a-f]2a4d18)/],
  ["xz", /^fd377a585a00/],
  ["bzip2", /^425a683[1-9]/],
  ["lz4", /^(?:04224d18|02214c18)/],
  ["zip", /^504b(?:0304|0506)/],
];

const texts: readonly (readonly [format: Format, text: RegExp])[] = [
  ["tar", /^[^]{257}ustar[\0 ]/],
  ["html", /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head)/i],
  ["lfs", /^version https:\/\/git-lfs/],
  ["json", /^(?:\xef\xbb\xbf)?[ \t\r\n]*[{[]/],
];

/**
 * Tells a format from the first 512 bytes, never from a name. A tar of version 7 has no magic but its checksum, and one
 * without entries is zeros. A skippable frame in front counts as zstd.
 */
export function sniff(head: Uint8Array): Format {
  if (head.length === 0) return "empty";
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, sniffSize));
  const hex = bytes.toString("hex", 0, 8);
  const text = bytes.toString("latin1");
  const match = magics.find(([, magic]) => magic.test(hex)) ?? texts.find(([, magic]) => magic.test(text));
  if (match) return match[0];
  if (head.length < blockSize) return "other";
  return hasTarChecksum(head) || /^\0+$/.test(text) ? "tar" : "other";
}

/** Whether what has that format may be an archive that can be read. */
export function isArchiveFormat(format: Format): boolean {
  return format === "tar" || format === "gzip" || format === "zstd" || format === "xz";
}
