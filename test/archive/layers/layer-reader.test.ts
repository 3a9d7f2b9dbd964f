import { describe, expect, test } from "vitest";
import { LayerReader } from "../../../src/archive/layers/layer-reader.ts";
import type { LayerContents } from "../../../src/content/image-source.ts";
import { elfHead, peHead } from "../../helpers/archives/binary-heads.ts";
import { endMark, paxHeader, tarFile, tarHeader } from "../../helpers/archives/tar-blocks.ts";

function readLayer(tar: Buffer, chunkSize = tar.length): LayerContents {
  const reader = new LayerReader();
  for (let at = 0; at < tar.length; at += chunkSize) reader.push(tar.subarray(at, at + chunkSize));
  return reader.end();
}

const armBinary = Buffer.concat([elfHead({ machine: 40, bits: 32 }), Buffer.alloc(3000)]);
const layer = Buffer.concat([
  tarHeader({ name: "./bin/", type: "5" }),
  tarFile("./bin/busybox", armBinary),
  tarFile("/usr/lib/libc.so", elfHead({ machine: 183, type: 3 })),
  tarFile("etc/motd", "\u{7f}"),
  tarFile("etc/mz", "M"),
  tarFile("etc/empty", ""),
  tarHeader({ name: "bin/sh", type: "2", linkTarget: "../bin/busybox" }),
  tarHeader({ name: "bin/ls", type: "1", linkTarget: "./bin/busybox" }),
  endMark,
]);

test("tells the binaries and the links of a layer", () => {
  expect(readLayer(layer)).toEqual({
    binaries: [
      ["bin/busybox", "arm"],
      ["usr/lib/libc.so", "arm64"],
    ],
    links: [
      ["bin/sh", "../bin/busybox"],
      ["bin/ls", "/bin/busybox"],
    ],
    counts: new Map([
      ["arm", 1],
      ["arm64", 1],
    ]),
  });
});

test.each([1, 7, 511, 513])("tells the same from chunks of %i bytes", (chunkSize) => {
  expect(readLayer(layer, chunkSize)).toEqual(readLayer(layer));
});

describe("what does not run", () => {
  test("Windows programs count in Windows layers only", () => {
    const windows = peHead({ machine: 0x8664 });

    expect(readLayer(tarFile("Files/Windows/cmd.exe", windows)).binaries).toEqual([
      ["Files/Windows/cmd.exe", "amd64"],
    ]);
    expect(readLayer(tarFile("usr/lib/python3/t64.exe", windows)).binaries).toEqual([]);
    expect(readLayer(tarFile("Files/Windows/lxss/init", armBinary)).binaries).toEqual([]);
  });

  test("object files and sparse files do not count", () => {
    const object = tarFile("a.o", elfHead({ machine: 62, type: 1 }));
    const sparse = Buffer.concat([paxHeader({ "GNU.sparse.major": "1" }), tarFile("s", armBinary)]);

    expect(readLayer(Buffer.concat([object, sparse])).counts).toEqual(new Map());
  });
});

test("what is behind the end mark is ignored, as by every runtime", () => {
  expect(readLayer(Buffer.concat([layer, Buffer.from("more")]))).toEqual(readLayer(layer));
});

test("a layer that is cut off is damage", () => {
  expect(() => readLayer(layer.subarray(0, 1600))).toThrow(
    expect.objectContaining({ code: "ARCHIVE_DAMAGED" }),
  );
});

test("a table is capped and the counts go on", () => {
  const flood = Array.from({ length: 20_000 }, (_, i) => tarFile(`bin/${i}`, elfHead({ machine: 62 })));
  const { binaries, counts } = readLayer(Buffer.concat(flood));

  expect(binaries.length).toBeGreaterThan(10_000);
  expect(binaries.length).toBeLessThan(20_000);
  expect(counts.get("amd64")).toBe(20_000);
});

test("all layers of an archive share one room for their tables", () => {
  const room = { left: 200 };
  const first = new LayerReader(room);
  first.push(layer);
  const second = new LayerReader(room);
  second.push(layer);

  expect(first.end().binaries).toHaveLength(2);
  expect(second.end()).toMatchObject({ binaries: [], counts: first.end().counts });
});

test("paths longer than a kernel opens are left out", () => {
  const long = Buffer.concat([paxHeader({ path: "p".repeat(5000) }), tarFile("p", armBinary)]);

  expect(readLayer(long)).toMatchObject({ binaries: [], counts: new Map([["arm", 1]]) });
});
