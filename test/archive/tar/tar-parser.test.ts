import * as fc from "fast-check";
import { pack } from "tar-stream";
import { describe, expect, test } from "vitest";
import { TarParser, type TarParserOptions } from "../../../src/archive/tar/tar-parser.ts";
import {
  base256,
  endMark,
  padded,
  paxHeader,
  tarFile,
  tarHeader,
} from "../../helpers/archives/tar-blocks.ts";

/** What a parser made of a tar: an entry with its data, one after the other. */
interface SeenEntry {
  type: string;
  name: string;
  linkTarget: string;
  size: number;
  offset: number;
  isSparse: boolean;
  data: string;
  ended: boolean;
}

function createParser(options?: TarParserOptions): { parser: TarParser; seen: SeenEntry[] } {
  const seen: SeenEntry[] = [];
  const parser = new TarParser(
    {
      onEntry: (entry) => seen.push({ ...entry, data: "", ended: false }),
      onData: (bytes) => {
        const last = seen.at(-1);
        if (last) last.data += Buffer.from(bytes).toString("latin1");
      },
      onEntryEnd: () => {
        const last = seen.at(-1);
        if (last) last.ended = true;
      },
    },
    options,
  );
  return { parser, seen };
}

function parse(tar: Buffer, options?: TarParserOptions): SeenEntry[] {
  const { parser, seen } = createParser(options);
  parser.push(tar);
  parser.end();
  return seen;
}

async function packTar(files: readonly { name: string; data: Buffer }[]): Promise<Buffer> {
  const packed = pack();
  for (const { name, data } of files) packed.entry({ name }, data);
  packed.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packed) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe("formats", () => {
  const longName = `${"d/".repeat(90)}${"n".repeat(60)}`;
  const cases: [string, Buffer, Partial<SeenEntry>][] = [
    ["ustar", tarFile("a", "hello"), { type: "file", name: "a", data: "hello", offset: 512 }],
    ["v7", tarFile("a", "hello", { type: "\0", magic: "v7" }), { type: "file", name: "a", data: "hello" }],
    ["v7 directory", tarHeader({ name: "d/", type: "\0", magic: "v7" }), { type: "directory", name: "d/" }],
    ["contiguous file", tarFile("a", "hello", { type: "7" }), { type: "file", data: "hello" }],
    ["ustar prefix", tarFile("b", "x", { prefix: "a" }), { name: "a/b" }],
    ["GNU, which has no prefix", tarFile("b", "x", { prefix: "a", magic: "gnu" }), { name: "b" }],
    [
      "star, whose prefix is shorter",
      tarFile("b", "x", {
        prefix: "a",
        patch: new Map([
          [345 + 131, Buffer.from("12345")],
          [508, Buffer.from("tar\0")],
        ]),
      }),
      { name: "a/b" },
    ],
    ["name of 100 bytes", tarFile("n".repeat(100), "x"), { name: "n".repeat(100) }],
    [
      "GNU long name",
      Buffer.concat([
        tarFile("././@LongLink", `${longName}\0`, { type: "L", magic: "gnu" }),
        tarFile("n", "x"),
      ]),
      { name: longName, data: "x" },
    ],
    [
      "GNU long link",
      Buffer.concat([
        tarFile("././@LongLink", `${longName}\0`, { type: "K", magic: "gnu" }),
        tarHeader({ name: "l", type: "2", linkTarget: "short", magic: "gnu" }),
      ]),
      { type: "symlink", name: "l", linkTarget: longName },
    ],
    ["PAX path", Buffer.concat([paxHeader({ path: longName }), tarFile("n", "x")]), { name: longName }],
    [
      "PAX link path",
      Buffer.concat([paxHeader({ linkpath: longName }), tarHeader({ type: "1" })]),
      { type: "hardlink", linkTarget: longName },
    ],
    [
      "PAX size over a ustar size of zero, as Go writes",
      Buffer.concat([paxHeader({ size: "5" }), tarHeader({ name: "a", size: 0 }), padded("hello")]),
      { size: 5, data: "hello", offset: 2 * 512 + 512 },
    ],
    [
      "PAX value that takes the ustar one back",
      Buffer.concat([paxHeader({ path: "" }), tarFile("a", "x")]),
      { name: "a" },
    ],
    [
      "PAX comment for the whole archive, as git archive writes",
      Buffer.concat([paxHeader({ comment: "0123" }, "g"), tarFile("a", "x")]),
      { name: "a", data: "x" },
    ],
    ["base-256 size", tarFile("a", "hello", { size: base256(5n) }), { size: 5, data: "hello" }],
    ["checksum of signed bytes", signedChecksum(tarFile("ä", "x")), { name: "ä" }],
    ["directory with a size", tarHeader({ name: "d", type: "5", size: 512 }), { type: "directory", size: 0 }],
    ["symlink with a size", tarHeader({ type: "2", size: 9, linkTarget: "t" }), { type: "symlink", size: 0 }],
    ["hard link with a size", tarHeader({ type: "1", size: 9 }), { type: "hardlink", size: 0 }],
    ["device with a size", tarHeader({ type: "3", size: 9 }), { type: "other", size: 0 }],
    ["unknown type with data", tarFile("v", "x", { type: "V" }), { type: "other", data: "x" }],
    [
      "GNU sparse file",
      tarFile("s", "x", { type: "S", magic: "gnu" }),
      { type: "file", isSparse: true, data: "x" },
    ],
    [
      "GNU sparse file with a long map",
      Buffer.concat([
        tarHeader({ type: "S", size: 1, patch: new Map([[482, Buffer.from([1])]]) }),
        Buffer.alloc(512).fill(1, 504, 505),
        Buffer.alloc(512),
        padded("x"),
      ]),
      { isSparse: true, data: "x" },
    ],
    [
      "PAX sparse file, under its real name",
      Buffer.concat([
        paxHeader({ "GNU.sparse.major": "1", "GNU.sparse.name": "real" }),
        tarFile("GNUSparseFile.0/real", "x"),
      ]),
      { isSparse: true, name: "real" },
    ],
  ];

  test.each(cases)("reads %s", (_, tar, wanted) => {
    const [entry, next, ...rest] = parse(Buffer.concat([tar, tarFile("next", "y"), endMark]));

    expect(entry).toMatchObject({ ...wanted, ended: true });
    expect(next).toMatchObject({ name: "next", data: "y", ended: true });
    expect(rest).toEqual([]);
  });

  test("hands out an empty file", () => {
    expect(parse(tarFile("empty", ""))).toMatchObject([{ name: "empty", size: 0, data: "", ended: true }]);
  });

  test("keeps names of prototypes apart from its own", () => {
    expect(
      parse(Buffer.concat([paxHeader({ __proto__x: "1", constructor: "2" }), tarFile("__proto__", "x")])),
    ).toMatchObject([{ name: "__proto__" }]);
  });
});

describe("ends", () => {
  const file = tarFile("a", "hello");

  test.each([
    ["two blocks of zeros", endMark],
    ["the padding of GNU tar", Buffer.alloc(10_240)],
    ["one block of zeros", Buffer.alloc(512)],
    ["nothing", Buffer.alloc(0)],
  ])("takes %s for the end", (_, trailer) => {
    expect(parse(Buffer.concat([file, trailer]))).toHaveLength(1);
  });

  test("takes zeros alone for an empty tar", () => {
    expect(parse(Buffer.alloc(10_240))).toEqual([]);
  });

  test("takes a last file without its padding", () => {
    expect(parse(file.subarray(0, 512 + 5))).toHaveLength(1);
  });

  test("refuses a second tar behind the end", () => {
    expect(() => parse(Buffer.concat([file, endMark, file]))).toThrow(
      /more behind its end mark, at byte 2048/,
    );
  });

  test("ignores what is behind the end where it is told to, as Go does", () => {
    expect(parse(Buffer.concat([file, endMark, file]), { ignoreTrailing: true })).toHaveLength(1);
  });
});

describe("damage", () => {
  const file = tarFile("a", "hello");
  const cases: [string, Buffer, RegExp][] = [
    [
      "a wrong checksum",
      Buffer.concat([file, Buffer.alloc(512, "x")]),
      /header at byte 1024: its checksum is wrong/,
    ],
    ["a header behind one block of zeros", Buffer.concat([file, Buffer.alloc(512), file]), /block of zeros/],
    ["a file cut off", file.subarray(0, 514), /cut off 3 bytes before the end of "a"/],
    ["a header cut off", file.subarray(0, 100), /cut off in a header/],
    ["a size that is no number", tarHeader({ size: Buffer.from("0000000008x\0") }), /not an octal number/],
    ["a minus in an octal size", tarHeader({ size: Buffer.from("-0000000010\0") }), /not an octal number/],
    ["a negative base-256 size", tarHeader({ size: base256(-5n) }), /its size is negative/],
    ["a base-256 size beyond 2^53", tarHeader({ size: base256(2n ** 60n) }), /its size is too large/],
    ["a negative PAX size", Buffer.concat([paxHeader({ size: "-1" }), file]), /PAX size is not a number/],
    [
      "a PAX size that is no number",
      Buffer.concat([paxHeader({ size: "1e3" }), file]),
      /PAX size is not a number/,
    ],
    [
      "a PAX size beyond 2^53",
      Buffer.concat([paxHeader({ size: "9007199254740993" }), file]),
      /not a number/,
    ],
    ["a NUL in a PAX path", Buffer.concat([paxHeader({ path: "a\0b" }), file]), /holds a NUL/],
    ["a PAX record without length", Buffer.concat([tarFile("p", "path=x\n", { type: "x" }), file]), /length/],
    ["a PAX record of length 0", Buffer.concat([tarFile("p", "0 path=x\n", { type: "x" }), file]), /length/],
    ["a PAX record too long", Buffer.concat([tarFile("p", "99 path=x\n", { type: "x" }), file]), /malformed/],
    ["a PAX record too short", Buffer.concat([tarFile("p", "8 path=x\n", { type: "x" }), file]), /malformed/],
    ["a PAX header over 1 MiB", tarHeader({ type: "x", size: 1024 * 1024 + 1 }), /want at most 1048576/],
    ["a long name over 1 MiB", tarHeader({ type: "L", size: 2 ** 32 }), /want at most 1048576/],
    [
      "a PAX size for all entries",
      Buffer.concat([paxHeader({ size: "0" }, "g"), file]),
      /all entries behind it/,
    ],
    [
      "a PAX path for all entries",
      Buffer.concat([paxHeader({ path: "b" }, "g"), file]),
      /all entries behind it/,
    ],
    [
      "a PAX header with nothing behind it",
      Buffer.concat([paxHeader({ path: "b" }), endMark]),
      /cut off in a header/,
    ],
  ];

  test.each(cases)("refuses %s", (_, tar, message) => {
    expect(() => parse(tar)).toThrow(expect.objectContaining({ code: "ARCHIVE_DAMAGED" }));
    expect(() => parse(tar)).toThrow(message);
  });

  test("refuses more headers than it is told to take", () => {
    const flood = Buffer.concat([paxHeader({ path: "b" }), tarFile("a", ""), tarFile("b", "")]);

    expect(parse(flood, { maxHeaders: 3 })).toHaveLength(2);
    expect(() => parse(flood, { maxHeaders: 2 })).toThrow(/more than 2 entries/);
  });

  test("tells a tar cut off anywhere inside an entry from a whole one", () => {
    const tar = Buffer.concat([tarFile("a", "x".repeat(1500)), tarFile("b", "y".repeat(600)), endMark]);
    const outcomes = new Map<number, string>();
    for (let length = 512; length < 4096; length += 512) {
      outcomes.set(length, outcomeOf(tar.subarray(0, length)));
    }

    expect([...outcomes].filter(([, outcome]) => outcome === "whole").map(([length]) => length)).toEqual([
      2048, 3584,
    ]);
    expect([...outcomes.values()]).toEqual(
      expect.not.arrayContaining([expect.not.stringMatching(/whole|is cut off/)]),
    );
  });
});

test.each([
  ["PAX", (size: bigint) => Buffer.concat([paxHeader({ size: String(size) }), tarHeader({ name: "big" })])],
  ["base-256", (size: bigint) => tarHeader({ name: "big", size: base256(size), magic: "gnu" })],
])("follows an entry of more than 8 GiB with a %s size", (_, headers) => {
  const size = 9n * 1024n ** 3n + 1n;
  const zeros = Buffer.alloc(16 * 1024 * 1024);
  let given = 0;
  const names: string[] = [];
  const parser = new TarParser({
    onEntry: (entry) => names.push(entry.name),
    onData: (bytes) => {
      given += bytes.length;
    },
    onEntryEnd: () => undefined,
  });

  parser.push(headers(size));
  for (let left = Number(size); left > 0; left -= zeros.length) {
    parser.push(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }
  parser.push(Buffer.alloc(511));
  parser.push(Buffer.concat([tarFile("next", ""), endMark]));
  parser.end();

  expect(given).toBe(Number(size));
  expect(names).toEqual(["big", "next"]);
});

describe("chunks", () => {
  const fileList = fc.array(
    fc.record({
      name: fc.stringMatching(/^[a-zA-Zäß/_.-]{1,300}$/).filter((name) => !name.endsWith("/")),
      data: fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    }),
    { maxLength: 6 },
  );

  test("does not matter how a tar is cut into chunks", async () => {
    await fc.assert(
      fc.asyncProperty(fileList, fc.array(fc.nat(2000), { maxLength: 40 }), async (files, cuts) => {
        const tar = await packTar(files);
        const { parser, seen } = createParser();
        let at = 0;
        for (const cut of cuts) {
          parser.push(tar.subarray(at, at + cut));
          at += cut;
        }
        parser.push(tar.subarray(at));
        parser.end();

        expect(seen.map(({ name, data }) => ({ name, data }))).toEqual(
          files.map(({ name, data }) => ({ name, data: data.toString("latin1") })),
        );
        expect(seen).toEqual(parse(tar));
      }),
      { numRuns: 200 },
    );
  });

  test("a reader that never takes more than is wanted stops at every header's and every entry's end", async () => {
    await fc.assert(
      fc.asyncProperty(fileList, async (files) => {
        const tar = await packTar(files);
        const stops: number[] = [];
        let at = 0;
        const parser = new TarParser({
          onEntry: (entry) => stops.push(entry.offset),
          onData: () => undefined,
          onEntryEnd: () => stops.push(at),
        });
        while (at < tar.length) {
          const chunk = tar.subarray(at, at + parser.wanted);
          at += chunk.length;
          const before = stops.length;
          parser.push(chunk);
          for (const stop of stops.slice(before)) expect(stop).toBe(at);
        }
        parser.end();

        expect(stops).toHaveLength(files.length * 2);
      }),
      { numRuns: 100 },
    );
  });

  test("random bytes are refused, never followed for ever", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (bytes) => {
        fc.pre(bytes.some((byte) => byte !== 0));
        expect(() => parse(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: "ARCHIVE_DAMAGED" }));
      }),
    );
  });
});

function outcomeOf(tar: Buffer): string {
  try {
    parse(tar);
    return "whole";
  } catch (error) {
    return String(error);
  }
}

function signedChecksum(tar: Buffer): Buffer {
  const sum = tar
    .subarray(0, 512)
    .fill(" ", 148, 156)
    .reduce((total, byte) => total + ((byte << 24) >> 24), 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return tar;
}
