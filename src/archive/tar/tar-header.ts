import { AirgapError } from "../../oci/airgap-error.ts";
import { readSparseHeader, type SparsePieces } from "./sparse-map.ts";
import { blockSize, hasTarChecksum } from "../../stream/tar-checksum.ts";

/** One 512-byte header as it stands, before extended headers change it. */
export interface TarHeader {
  readonly type: TarHeaderType;
  readonly name: string;
  readonly linkTarget: string;
  /** Bytes of data that follow, padding not counted. Zero for what has none, whatever its header says, as Go reads it. */
  readonly size: number;
  readonly isExecutable: boolean;
  /** Of an old GNU sparse file: its first pieces. */
  readonly sparsePieces: SparsePieces | undefined;
  /** Whether more blocks of an old GNU sparse map come between this header and the data. */
  readonly hasMoreSparseBlocks: boolean;
}

/** `oldFile` is v7's, which wrote directories as files whose name ends in a slash. */
export type TarHeaderType =
  | "file"
  | "oldFile"
  | "hardlink"
  | "symlink"
  | "directory"
  | "device"
  | "sparse"
  | "pax"
  | "globalPax"
  | "longName"
  | "longLink"
  | "other";

const types = new Map<string, TarHeaderType>([
  ["0", "file"],
  ["\0", "oldFile"],
  ["7", "file"],
  ["1", "hardlink"],
  ["2", "symlink"],
  ["3", "device"],
  ["4", "device"],
  ["5", "directory"],
  ["6", "device"],
  ["S", "sparse"],
  ["x", "pax"],
  ["g", "globalPax"],
  ["L", "longName"],
  ["K", "longLink"],
]);

const headerOnly: ReadonlySet<TarHeaderType> = new Set(["hardlink", "symlink", "directory", "device"]);

/**
 * Reads one header of a v7, ustar, PAX, GNU or star tar, strictly where it decides what follows: checksum and size.
 * `offset` is the header's place in the tar, for errors. Throws `ARCHIVE_DAMAGED`.
 */
export function parseTarHeader(block: Uint8Array, offset: number): TarHeader {
  if (!hasTarChecksum(block)) throw damagedTar(offset, "its checksum is wrong");
  const flag = String.fromCharCode(block[156] ?? 0);
  const type = types.get(flag) ?? "other";
  return {
    type,
    name: joinPrefix(block, readText(block, 0, 100)),
    linkTarget: readText(block, 157, 100),
    size: headerOnly.has(type) ? 0 : readSize(block, offset),
    isExecutable: (Number.parseInt(readText(block, 100, 8), 8) & 0o111) !== 0,
    sparsePieces: type === "sparse" ? readSparseHeader(block) : undefined,
    hasMoreSparseBlocks: type === "sparse" && block[482] !== 0,
  };
}

function joinPrefix(block: Uint8Array, name: string): string {
  if (readText(block, 257, 6) !== "ustar" || block[262] !== 0) return name;
  const isStar = readText(block, 508, 4) === "tar";
  const prefix = readText(block, 345, isStar ? 131 : 155);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function readText(block: Uint8Array, start: number, length: number): string {
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  return Buffer.from(block.buffer, block.byteOffset + start, end - start).toString("utf8");
}

const sizeStart = 124;
const sizeLength = 12;

function readSize(block: Uint8Array, offset: number): number {
  const field = block.subarray(sizeStart, sizeStart + sizeLength);
  const first = field[0] ?? 0;
  if (first & 0x80) return readBase256(field, offset);
  const text = String.fromCharCode(...field).replace(/^[\0 ]+|[\0 ]+$/g, "");
  if (!/^[0-7]*$/.test(text)) throw damagedTar(offset, "its size is not an octal number");
  return text === "" ? 0 : Number.parseInt(text, 8);
}

/** GNU's form for sizes of 8 GiB and more: big-endian two's complement behind a set first bit. */
function readBase256(field: Uint8Array, offset: number): number {
  if ((field[0] ?? 0) & 0x40) throw damagedTar(offset, "its size is negative");
  const size = field.subarray(1).reduce((sum, byte) => sum * 0x100 + byte, (field[0] ?? 0) & 0x3f);
  if (!Number.isSafeInteger(size)) throw damagedTar(offset, "its size is too large");
  return size;
}

/** Whether 512 bytes are all zero, as the two that end a tar. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < blockSize; i++) if (block[i] !== 0) return false;
  return true;
}

/** What is said of a tar header that cannot be read; `offset` is its place in the tar. */
export function damagedTar(offset: number, detail: string): AirgapError {
  return new AirgapError("ARCHIVE_DAMAGED", `Cannot read tar header at byte ${offset}: ${detail}`);
}
