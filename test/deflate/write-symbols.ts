import { FixedBlock } from "../../src/deflate/splice/fixed-block.ts";
import { DeflateBuilder } from "./deflate-builder.ts";

/** What one writes by hand, and the bytes that it stands for. */
export interface Symbols {
  readonly literal: (byte: number) => void;
  readonly match: (length: number, distance: number) => void;
}

/** A gzip stream with a single fixed block, and its content. */
export function writeSymbols(write: (symbols: Symbols) => void): {
  readonly gzip: Buffer;
  readonly content: Buffer;
} {
  const builder = new DeflateBuilder();
  const block = new FixedBlock({ write: (value, count) => builder.bits(value, count) }, true);
  const bytes: number[] = [];
  write({
    literal: (byte) => {
      block.writeLiteral(byte);
      bytes.push(byte);
    },
    match: (length, distance) => {
      block.writeMatch(length, distance);
      for (let left = length; left > 0; left--) bytes.push(bytes.at(-distance) ?? 0);
    },
  });
  block.end();
  const content = Buffer.from(bytes);
  return { gzip: builder.buildGzip(content), content };
}
