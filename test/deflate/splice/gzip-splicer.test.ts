import { crc32, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { GzipSplicer } from "../../../src/deflate/splice/gzip-splicer.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import { DeflateBuilder, lengthsOf } from "../deflate-builder.ts";
import { makeContent } from "../contents.ts";
import { gunzip } from "../gunzip.ts";
import { createReader } from "../splice-entries.ts";
import { writeSymbols } from "../write-symbols.ts";

const text = makeContent({ kind: "text", size: 100_000, seed: 1 });
const empty = gzipSync("");

/** Of the header that {@link withHeader} makes with only this field. */
const headerChecksum = Buffer.alloc(2);
headerChecksum.writeUInt16LE(crc32(Buffer.from([0x1f, 0x8b, 8, 2, 1, 2, 3, 4, 0, 3])) & 0xffff);

/** A gzip member whose header has these flags and fields (RFC 1952, 2.3). */
function withHeader(flags: number, ...fields: readonly Buffer[]): Buffer {
  const gzip = gzipSync(text);
  const start = Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3]);
  return Buffer.concat([start, ...fields, gzip.subarray(10)]);
}

describe("reading gzip", () => {
  test.each([
    ["one member", gzipSync(text), text],
    ["an empty member", empty, Buffer.alloc(0)],
    [
      "several members",
      Buffer.concat([gzipSync(text), empty, gzipSync("end")]),
      Buffer.concat([text, Buffer.from("end")]),
    ],
    ["zeros behind the last member", Buffer.concat([gzipSync(text), Buffer.alloc(70_000)]), text],
    ["a name and a comment", withHeader(8 | 16, Buffer.from("archive.tar\0made here\0")), text],
    ["an extra field, as BGZF has it", withHeader(4, Buffer.from("0600424302001b00", "hex")), text],
    ["a header with a checksum", withHeader(2, headerChecksum), text],
    [
      "a long extra field and a long name",
      withHeader(
        12,
        Buffer.from("ffff", "hex"),
        Buffer.alloc(65_535, 7),
        Buffer.alloc(60_000, 120),
        Buffer.alloc(1),
      ),
      text,
    ],
    ["only stored blocks", gzipSync(text, { level: 0 }), text],
  ])("takes %s, in chunks of any size", (_, gzip, content) => {
    for (const chunkSize of [1000, 65_536, gzip.length]) {
      expect(gunzip(gzip, chunkSize).equals(content)).toBe(true);
    }
  });

  test("takes single bytes", () => {
    const gzip = Buffer.concat([withHeader(8, Buffer.from("name\0")), empty, Buffer.alloc(3)]);
    expect(gunzip(gzip, 1, 7).equals(text)).toBe(true);
  });

  test("gives no more than was asked for, and counts it", () => {
    const splicer = new GzipSplicer();
    const read = createReader(splicer, gzipSync(text), 4096);
    let position = 0;
    for (let bytes = read(1000); bytes !== "end"; bytes = read(1000)) {
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.length).toBeLessThanOrEqual(1000);
      position += bytes.length;
      expect(splicer.position).toBe(position);
    }
    expect(position).toBe(text.length);
    expect([read(1), read(1)]).toEqual(["end", "end"]);
  });

  test("takes matches at whatever places its window begins and ends", () => {
    for (let shift = 0; shift < 258; shift += 5) {
      const { gzip, content } = writeSymbols(({ literal, match }) => {
        for (let count = 0; count <= shift; count++) literal(count & 255);
        for (let count = 0; count < 1300; count++) match(258, 1 + (count % (shift + 1)));
      });
      expect(gunzip(gzip, gzip.length, 1 << 20).equals(content)).toBe(true);
    }
  });

  test("reads a distance code of a single symbol, and none at all", () => {
    const literals = lengthsOf({ 97: 1, 256: 2, 257: 2 }, 258);
    const single = { literals, distances: [1] };
    const gzip = new DeflateBuilder()
      .block(2)
      .codes(single)
      .symbol(literals, 97)
      .symbol(literals, 257)
      .symbol(single.distances, 0)
      .symbol(literals, 256)
      .buildGzip("aaaa");
    const none = { literals: lengthsOf({ 97: 1, 256: 1 }), distances: [0] };
    const literalsOnly = new DeflateBuilder().block(2).codes(none).bits(0b100, 3).buildGzip("aa");
    expect([gunzip(gzip), gunzip(literalsOnly)].map(String)).toEqual(["aaaa", "aa"]);
    expect([gunzipSync(gzip), gunzipSync(literalsOnly)].map(String)).toEqual(["aaaa", "aa"]);
  });

  test("refuses to be fed or ended when it did not ask, and to hand out nothing", () => {
    const splicer = new GzipSplicer();
    splicer.feed(empty);
    expect(() => splicer.feed(empty)).toThrow("Cannot feed");
    expect(() => splicer.end()).toThrow("Cannot feed or end");
    expect(() => splicer.read(0)).toThrow("Cannot read");
  });
});

function block(type: number): DeflateBuilder {
  return new DeflateBuilder().block(type);
}

describe("damaged gzip", () => {
  const gzip = gzipSync(text);
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(gzip);
    copy[at < 0 ? copy.length + at : at]! ^= 1;
    return copy;
  };
  const complete = { literals: lengthsOf({ 97: 1, 256: 1 }), distances: [1, 1] };
  const fixedMatch = block(1).bits(0b1000000, 7).bits(0, 5).bits(0, 7);

  test.each([
    ["nothing at all", Buffer.alloc(0), 0, "cut off"],
    ["no gzip", Buffer.from("this is no gzip"), 0, "no gzip header"],
    ["zeros only", Buffer.alloc(600), 0, "no gzip header"],
    ["an unknown method", flipped(2), 0, "unknown kind"],
    ["a reserved flag", withHeader(0x80), 0, "unknown kind"],
    ["a wrong header checksum", withHeader(2, Buffer.from("0000", "hex")), 0, "checksum of a gzip header"],
    ["an endless name", withHeader(8, Buffer.alloc(200_000, 65)), 0, "longer than"],
    ["a wrong CRC-32", flipped(-8), gzip.length - 8, "CRC-32 is wrong"],
    ["a wrong length", flipped(-4), gzip.length - 8, "length is wrong"],
    [
      "something behind the last member",
      Buffer.concat([gzip, Buffer.from("x")]),
      gzip.length,
      "no gzip header|cut off|follows",
    ],
    [
      "something behind the padding",
      Buffer.concat([gzip, Buffer.alloc(9), gzip]),
      gzip.length + 9,
      "follows",
    ],
    ["block type 3", block(3).buildGzip(""), undefined, "no block type 3"],
    [
      "stored lengths that differ",
      block(0).fillByte().bytes(3, 0, 0, 0).buildGzip(""),
      undefined,
      "stored block differ",
    ],
    ["too many literals", block(2).bits(30, 5).bits(0, 30).buildGzip(""), undefined, "more symbols"],
    [
      "too many distances",
      block(2).bits(0, 5).bits(30, 5).bits(0, 30).buildGzip(""),
      undefined,
      "more symbols",
    ],
    [
      "no end of block",
      block(2)
        .codes({ ...complete, literals: lengthsOf({ 97: 1, 98: 1 }) })
        .buildGzip(""),
      undefined,
      "make no code",
    ],
    [
      "too many codes",
      block(2)
        .codes({ ...complete, distances: [1, 1, 1] })
        .buildGzip(""),
      undefined,
      "make no code",
    ],
    [
      "too few codes",
      block(2)
        .codes({ ...complete, literals: lengthsOf({ 97: 2, 256: 2 }) })
        .buildGzip(""),
      undefined,
      "make no code",
    ],
    [
      "too few distance codes",
      block(2)
        .codes({ ...complete, distances: [2] })
        .buildGzip(""),
      undefined,
      "make no code",
    ],
    [
      "a repeated length with none before",
      block(2).bits(0, 14).bits(0b001_000_000_001, 12).bits(1, 1).bits(0, 24).buildGzip(""),
      undefined,
      "repeats",
    ],
    [
      "more lengths than symbols",
      block(2).bits(0, 14).bits(0b001_001_000_000, 12).bits(0xff, 8).bits(0xff, 8).bits(0, 24).buildGzip(""),
      undefined,
      "more code lengths",
    ],
    ["a distance before the start", fixedMatch.buildGzip(""), undefined, "before the start"],
    [
      "a distance into the member before",
      Buffer.concat([gzip, fixedMatch.buildGzip("")]),
      undefined,
      "before the start",
    ],
    [
      "length symbol 286",
      block(1).bits(0b01100011, 8).bits(0, 12).buildGzip(""),
      undefined,
      "stands for nothing",
    ],
    [
      "distance symbol 30",
      block(1).bits(0b00001100, 8).bits(0b1000000, 7).bits(0b01111, 5).bits(0, 20).buildGzip(""),
      undefined,
      "stands for nothing",
    ],
  ])("refuses %s and says where", (_, damaged, offset, detail) => {
    const message = new RegExp(`^Cannot inflate the gzip data at byte ${offset ?? "\\d+"}: .*(?:${detail})`);
    const error = errorOf(() => gunzip(damaged));
    expect(error).toMatchObject({ code: "ARCHIVE_DAMAGED", exitCode: 65 });
    expect(error.message).toMatch(message);
    const inMidstream = offset === undefined ? Buffer.concat([damaged, Buffer.alloc(200)]) : damaged;
    expect(errorOf(() => gunzip(inMidstream)).message).toMatch(message);
  });

  test("notices wherever it is cut off", () => {
    const content = makeContent({ kind: "text", size: 3000, seed: 2 });
    const small = Buffer.concat([gzipSync(content), gzipSync(content, { level: 0 })]);
    const whole = gzipSync(content).length;
    for (let size = 0; size < small.length; size++) {
      if (size === whole) continue;
      const error = errorOf(() => gunzip(small.subarray(0, size)));
      expect(error.message).toBe(`Cannot inflate the gzip data at byte ${size}: it is cut off here`);
    }
  });
});

function errorOf(work: () => unknown): AirgapError {
  try {
    work();
  } catch (error) {
    if (error instanceof AirgapError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
