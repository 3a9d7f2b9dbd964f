import { closeSync, openSync, readSync } from "node:fs";
import * as fc from "fast-check";

export const contentKinds = ["text", "zeros", "random", "runs", "binary"] as const;

export interface Content {
  readonly kind: (typeof contentKinds)[number];
  readonly size: number;
  readonly seed: number;
}

/** Sizes around every edge that the splicer has: the lead's end, the tail's start, a tar block, a stored block. */
const edgeSizes = [0, 1, 256, 257, 258, 511, 512, 513, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537];

/** Entries of an archive, from nothing to `maxSize` bytes. */
export function arbitraryContent(maxSize: number): fc.Arbitrary<Content> {
  return fc.record({
    kind: fc.constantFrom(...contentKinds),
    size: fc.oneof(
      fc.constantFrom(...edgeSizes),
      fc.integer({ min: 32_255, max: 33_280 }),
      fc.integer({ min: 0, max: maxSize }),
    ),
    seed: fc.nat(),
  });
}

/** The bytes of an entry, always the same for the same description. */
export function makeContent({ kind, size, seed }: Content): Buffer {
  const bytes = Buffer.alloc(size);
  const next = randomNumbers(seed);
  switch (kind) {
    case "zeros":
      break;
    case "random":
      for (let at = 0; at < size; at++) bytes[at] = next() >>> 24;
      break;
    case "runs":
      for (let at = 0; at < size;) {
        const end = Math.min(size, at + 1 + ((next() >>> 8) % 700));
        bytes.fill(next() >>> 24, at, end);
        at = end;
      }
      break;
    case "text":
      for (let at = 0; at < size;) at += bytes.write(`${words[(next() >>> 16) % words.length]} `, at);
      break;
    case "binary":
      readBinary(bytes, next());
  }
  return bytes;
}

const words =
  "the layer of an image is a tar that names what it adds and what it hides since the layer below".split(" ");

/** A part of a real program: the one that runs the tests. */
function readBinary(bytes: Buffer, seed: number): void {
  const file = openSync(process.execPath, "r");
  readSync(file, bytes, 0, bytes.length, seed % 50_000_000);
  closeSync(file);
}

function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}
