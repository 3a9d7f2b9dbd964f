import { Buffer } from "node:buffer";

export interface TarFields {
  readonly name?: string;
  /** A number is written in octal, a Buffer as it is. */
  readonly size?: number | Buffer;
  readonly type?: string;
  readonly linkTarget?: string;
  readonly magic?: "ustar" | "gnu" | "v7";
  readonly prefix?: string;
  /** Bytes to write over the finished block before its checksum is taken, by offset. */
  readonly patch?: ReadonlyMap<number, Buffer>;
}

const magics = { ustar: "ustar\u{0}00", gnu: "ustar  \0", v7: "" };

/** One tar header, made by hand so that a test can lie in it. */
export function tarHeader(fields: TarFields): Buffer {
  const block = Buffer.alloc(512);
  block.write(fields.name ?? "file", 0, 100);
  block.write("0000644\0", 100);
  const size = fields.size ?? 0;
  if (typeof size === "number") block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else size.copy(block, 124);
  block.write(fields.type ?? "0", 156, "latin1");
  block.write(fields.linkTarget ?? "", 157, 100);
  block.write(magics[fields.magic ?? "ustar"], 257, "latin1");
  block.write(fields.prefix ?? "", 345, 155);
  for (const [offset, bytes] of fields.patch ?? []) bytes.copy(block, offset);
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** Bytes filled up with zeros to a multiple of 512. */
export function padded(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A header with its data behind it. */
export function tarFile(name: string, data: Buffer | string, fields: TarFields = {}): Buffer {
  return Buffer.concat([tarHeader({ name, size: Buffer.byteLength(data), ...fields }), padded(data)]);
}

/** A PAX header for the entry that comes next, its records written by the rules. */
export function paxHeader(records: Readonly<Record<string, string>>, type = "x"): Buffer {
  return tarFile("PaxHeaders/file", Object.entries(records).map(paxRecord).join(""), { type });
}

function paxRecord([key, value]: [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** A GNU base-256 size field. */
export function base256(size: bigint): Buffer {
  const field = Buffer.alloc(12);
  field.writeBigInt64BE(size, 4);
  if (size < 0n) field.fill(0xff, 0, 4);
  field[0] = (field[0] ?? 0) | 0x80;
  return field;
}

/** What ends a tar. */
export const endMark: Buffer = Buffer.alloc(1024);
