import { pairNumbers, type SparsePieces } from "./sparse-map.ts";
import { damagedTar } from "./tar-header.ts";

/** What a PAX extended header changes about the entry behind it, of what matters here. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
  /** Whether the entry is one of GNU's sparse files, whose data is not the file's content. */
  readonly isSparse: boolean;
  /** Where its pieces belong, in the forms that say so here. */
  readonly sparsePieces?: SparsePieces | undefined;
}

/**
 * Reads the records `<length> <key>=<value>\n` of a PAX header (POSIX.1, pax, extended header), the last of a key counting
 * and an empty value meaning none, as Go reads them. Throws `ARCHIVE_DAMAGED` naming `offset`.
 */
export function parsePaxRecords(bytes: Uint8Array, offset: number): PaxRecords {
  const values = new Map<string, string>();
  /** Of form 0.0, whose keys come again for each piece. */
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + readLength(bytes, at, offset);
    const text = Buffer.from(bytes.subarray(at, end)).toString("utf8");
    const match = /^\d+ ([^=\0]+)=([^]*)\n$/.exec(text);
    if (!match || end > bytes.length) throw damagedTar(offset, "a PAX record is malformed");
    const [, key = "", value = ""] = match;
    values.set(key, value);
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") pieces.push(value);
    at = end;
  }
  const path = readName(values.get("GNU.sparse.name") ?? values.get("path"), offset);
  const linkPath = readName(values.get("linkpath"), offset);
  const size = readSize(values.get("size"), offset);
  return {
    ...(path ? { path } : {}),
    ...(linkPath ? { linkPath } : {}),
    ...(size === undefined ? {} : { size }),
    sparsePieces: readPieces(values, pieces),
    isSparse: [...values.keys()].some((key) => key.startsWith("GNU.sparse.")),
  };
}

function readPieces(
  values: ReadonlyMap<string, string>,
  pieces: readonly string[],
): SparsePieces | undefined {
  if (values.has("GNU.sparse.major")) return undefined;
  return pairNumbers(values.get("GNU.sparse.map")?.split(",") ?? pieces);
}

function readLength(bytes: Uint8Array, at: number, offset: number): number {
  const text = String.fromCharCode(...bytes.subarray(at, at + 10));
  const length = Number(/^\d{1,8}(?= )/.exec(text)?.[0] ?? 0);
  if (length === 0) throw damagedTar(offset, "the length of a PAX record is malformed");
  return length;
}

function readName(value: string | undefined, offset: number): string | undefined {
  if (value?.includes("\0")) throw damagedTar(offset, "a PAX name holds a NUL");
  return value;
}

function readSize(value: string | undefined, offset: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  const size = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw damagedTar(offset, "a PAX size is not a number of bytes");
  return size;
}
