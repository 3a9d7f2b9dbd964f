import { crc32 } from "node:zlib";
import type { CompressedInput } from "./compressed-input.ts";

/** A header of ours (RFC 1952, 2.3): deflate, no flags, no time, an unknown system. */
export const plainGzipHeader: readonly number[] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/** More than any gzip header that was made in good faith: the extra field alone can be 64 KiB. */
const maxHeaderSize = 128 * 1024;
const fixedSize = 10;
const magic = [0x1f, 0x8b] as const;
const deflateMethod = 8;
const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** Skips a gzip header (RFC 1952, 2.3). False if more input must be fed first; nothing is skipped then. */
export function skipGzipHeader(input: CompressedInput): boolean {
  for (;;) {
    const available = input.available;
    const bytes = input.bytes.subarray(input.end - available, input.end);
    if (magic.some((byte, at) => (bytes[at] ?? byte) !== byte)) {
      throw input.damaged("there is no gzip header");
    }
    const size = measureHeader(bytes);
    if ((size ?? available) > maxHeaderSize) {
      throw input.damaged(`a gzip header is longer than ${maxHeaderSize} bytes`);
    }
    if (size !== undefined) {
      checkHeader(input, bytes.subarray(0, size));
      input.bit += size * 8;
      return true;
    }
    if (!input.ensure(available + 1)) {
      return false;
    }
    if (input.available === available) {
      throw input.cutOff();
    }
  }
}

/** Undefined if the header goes on behind the bytes. */
function measureHeader(bytes: Uint8Array): number | undefined {
  if (bytes.length < fixedSize) {
    return undefined;
  }
  const present = bytes[3]!;
  let size = fixedSize;
  if (present & flags.extra) {
    size += 2 + (bytes[size] ?? 0) + ((bytes[size + 1] ?? 0) << 8);
  }
  for (const text of [flags.name, flags.comment]) {
    if (present & text) {
      const zero = bytes.indexOf(0, size);
      size = zero < 0 ? Infinity : zero + 1;
    }
  }
  if (present & flags.headerCrc) {
    size += 2;
  }
  return size <= bytes.length ? size : undefined;
}

function checkHeader(input: CompressedInput, header: Uint8Array): void {
  if (header[2] !== deflateMethod || (header[3]! & flags.reserved) !== 0) {
    throw input.damaged("the gzip header is of an unknown kind");
  }
  if (header[3]! & flags.headerCrc) {
    const stored = header.at(-2)! | (header.at(-1)! << 8);
    if ((crc32(header.subarray(0, -2)) & 0xffff) !== stored) {
      throw input.damaged("the checksum of a gzip header is wrong");
    }
  }
}
