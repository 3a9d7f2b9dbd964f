import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { AirgapError } from "../../src/oci/airgap-error.ts";
import type { Decoder } from "../../src/stream/decoder.ts";
import { loadZstd } from "../../src/stream/zstd-decoder.ts";
import { decodeAll } from "../helpers/archives/decode-all.ts";
import { zstdBomb, zstdFrame, zstdSkippableFrame } from "../helpers/archives/zstd-frames.ts";

const text = Buffer.from("frames in a row ".repeat(50_000));
const long25 = readFileSync(new URL("../../samples/derived/long25.tar.zst", import.meta.url));
const twoFrames = readFileSync(new URL("../../samples/derived/two-frames.tar.zst", import.meta.url));

let createDecoder: () => Decoder;
beforeAll(async () => {
  createDecoder = await loadZstd();
});

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function outcomeOf(input: Buffer): string {
  try {
    return sha256(decodeAll(createDecoder(), input));
  } catch (error) {
    return error instanceof AirgapError ? error.code : String(error);
  }
}

describe("what zstd programs write", () => {
  test("one frame with a long window and one archive in two frames hold the same", () => {
    const one = decodeAll(createDecoder(), long25);

    expect(one.length % 512).toBe(0);
    expect(sha256(decodeAll(createDecoder(), twoFrames))).toBe(sha256(one));
  });

  test("does not matter how the input is cut and how little is read", () => {
    const whole = sha256(decodeAll(createDecoder(), twoFrames));

    expect(sha256(decodeAll(createDecoder(), twoFrames, 1000, 700))).toBe(whole);
    expect(sha256(decodeAll(createDecoder(), twoFrames, 300_000, 1_000_000))).toBe(whole);
  });

  test.each([
    [
      "skippable frame in front",
      Buffer.concat([zstdSkippableFrame(Buffer.from("index")), zstdFrame(text)]),
      text,
    ],
    [
      "skippable frame behind",
      Buffer.concat([zstdFrame(text), zstdSkippableFrame(Buffer.alloc(200_000))]),
      text,
    ],
    ["frame of nothing", zstdFrame(Buffer.alloc(0)), Buffer.alloc(0)],
    [
      "many frames",
      Buffer.concat(Array.from({ length: 50 }, () => zstdFrame(Buffer.from("a")))),
      Buffer.from("a".repeat(50)),
    ],
    ["window of 128 MiB", zstdFrame(text, 27), text],
  ])("reads a %s", (_, input, output) => {
    expect(decodeAll(createDecoder(), input).equals(output)).toBe(true);
    expect(decodeAll(createDecoder(), input, 1, 1000).equals(output)).toBe(true);
  });

  test("decoders can take turns", () => {
    const inputs = [zstdFrame(Buffer.from("first")), zstdFrame(Buffer.from("second"))];
    const decoders = inputs.map(() => createDecoder());
    decoders.forEach((decoder, i) => decoder.feed(inputs[i] ?? Buffer.alloc(0)));

    expect(decoders.map((decoder) => Buffer.from(decoder.read(100)).toString())).toEqual(["first", "second"]);
  });
});

describe("damage", () => {
  test.each([
    ["nothing at all", Buffer.alloc(0), /cut off after 0 bytes/],
    ["another format", Buffer.from("not zstd at all"), /is not a zstd frame/],
    [
      "garbage behind a frame",
      Buffer.concat([zstdFrame(text), Buffer.from("garbage")]),
      /is not a zstd frame/,
    ],
    [
      "a little garbage behind a frame",
      Buffer.concat([zstdFrame(text), Buffer.from("x")]),
      /cut off|not a zstd frame/,
    ],
    ["zeros behind a frame", Buffer.concat([zstdFrame(text), Buffer.alloc(512)]), /is not a zstd frame/],
    ["a window over 128 MiB", zstdFrame(text, 28), /larger than 128 MiB/],
    [
      "a block of a type that does not exist",
      Buffer.concat([zstdFrame(text).subarray(0, 6), Buffer.from([7, 0, 0])]),
      /corrupt/,
    ],
    ["a skippable frame cut off", zstdSkippableFrame(text).subarray(0, 100), /cut off/],
  ])("refuses %s", (_, input, message) => {
    const decode = (): Buffer => decodeAll(createDecoder(), input);

    expect(decode).toThrow(expect.objectContaining({ code: "ARCHIVE_DAMAGED" }));
    expect(decode).toThrow(message);
  });

  test("a frame cut off anywhere is an error", () => {
    const frame = zstdFrame(Buffer.from("a few words"));
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeAll(createDecoder(), frame.subarray(0, length)), `at ${length}`).toThrow(/cut off/);
    }
  });

  test("a wrong checksum is an error", () => {
    const flipped = Buffer.from(long25);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;

    expect(() => decodeAll(createDecoder(), flipped)).toThrow(/checksum does not match/);
  });

  test("a flipped bit anywhere never hangs, and never gives other bytes without an error", () => {
    const whole = sha256(decodeAll(createDecoder(), long25));
    fc.assert(
      fc.property(fc.nat(Math.min(long25.length, 60_000) - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(long25);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        expect(outcomeOf(flipped)).toMatch(new RegExp(`^(?:ARCHIVE_DAMAGED|${whole})$`));
      }),
      { numRuns: 40 },
    );
  });

  test("decoders that fail give their memory back", () => {
    const wide = zstdFrame(text, 27).subarray(0, 300_000);
    for (let i = 0; i < 40; i++) expect(() => decodeAll(createDecoder(), wide)).toThrow(/cut off/);

    expect(decodeAll(createDecoder(), zstdFrame(text, 27)).equals(text)).toBe(true);
  });
});

test("a bomb is read piece by piece", () => {
  const decoder = createDecoder();
  decoder.feed(zstdBomb(10_000));
  let size = 0;
  for (let i = 0; i < 100; i++) size += decoder.read(1_000_000).length;
  decoder.close?.();

  expect(size).toBe(100 * 131_072);
});
