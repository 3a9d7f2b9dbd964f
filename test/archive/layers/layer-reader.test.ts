import { describe, expect, test } from "vitest";
import { LayerReader } from "../../../src/archive/layers/layer-reader.ts";
import { maxTableRoom } from "../../../src/archive/layers/layer-tree.ts";
import {
  type LayerContents,
  type LayerRow,
  pathKey,
  readLayerRows,
} from "../../../src/content/layer-contents.ts";
import { elfHead, peHead } from "../../helpers/archives/binary-heads.ts";
import { endMark, padded, paxHeader, tarFile, tarHeader } from "../../helpers/archives/tar-blocks.ts";

function readLayer(tar: Buffer, chunkSize = tar.length): LayerContents {
  const reader = new LayerReader();
  for (let at = 0; at < tar.length; at += chunkSize) reader.push(tar.subarray(at, at + chunkSize));
  return reader.end();
}

function keysOf(paths: readonly string[]): number[] {
  return paths.map(pathKey);
}

function rowsOf(...parts: readonly Buffer[]): LayerRow[] {
  return [...readLayerRows(readLayer(Buffer.concat(parts)))];
}

function binary(path: string, architecture: string, isExecutable = false): LayerRow {
  return { kind: "binary", path, architecture, isExecutable };
}

function link(name: string, linkTarget: string): Buffer {
  return tarHeader({ name, type: "2", linkTarget });
}

function longLink(name: string, linkTarget: string): Buffer {
  return Buffer.concat([paxHeader({ linkpath: linkTarget }), link(name, "")]);
}

function hardLink(name: string, linkTarget: string): Buffer {
  return tarHeader({ name, type: "1", linkTarget });
}

function directory(name: string): Buffer {
  return tarHeader({ name, type: "5" });
}

const executable = { patch: new Map([[100, Buffer.from("0000755\0")]]) };
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

test("tells the binaries and the links of a layer, and keys of all else", () => {
  const contents = readLayer(layer);
  expect([...readLayerRows(contents)]).toEqual([
    binary("bin/busybox", "arm"),
    binary("usr/lib/libc.so", "arm64"),
    { kind: "link", path: "bin/sh", target: "../bin/busybox" },
    binary("bin/ls", "arm"),
  ]);
  expect([...contents.others]).toEqual(["etc/motd", "etc/mz", "etc/empty"].map(pathKey));
  expect([...contents.directories]).toEqual(["bin", "usr/lib", "usr", "etc"].map(pathKey));
});

test.each([1, 7, 511, 513])("tells the same from chunks of %i bytes", (chunkSize) => {
  expect(readLayer(layer, chunkSize)).toEqual(readLayer(layer));
});

describe("what does not run", () => {
  test("Windows programs count in Windows layers only", () => {
    const windows = peHead({ machine: 0x8664 });

    expect(rowsOf(tarFile("Files/Windows/cmd.exe", windows))).toEqual([
      binary("Files/Windows/cmd.exe", "amd64"),
    ]);
    expect(rowsOf(tarFile("usr/lib/python3/t64.exe", windows))).toEqual([]);
    expect(rowsOf(tarFile("Files/Windows/lxss/init", armBinary))).toEqual([]);
  });

  test("object files do not count, nor scripts that nobody may execute", () => {
    expect(rowsOf(tarFile("a.o", elfHead({ machine: 62, type: 1 })), tarFile("a.sh", "#!/bin/sh\n"))).toEqual(
      [],
    );
  });
});

test("scripts are told with their interpreter", () => {
  const files = ["#! \t/usr/bin/env sh -e\n", "#!/bin/sh", "#!", "echo"].map((text, i) =>
    tarFile(`s${i}`, text, executable),
  );
  expect(rowsOf(...files)).toEqual([
    { kind: "script", path: "s0", interpreter: "/usr/bin/env" },
    { kind: "script", path: "s1", interpreter: "/bin/sh" },
    { kind: "program", path: "s2" },
    { kind: "program", path: "s3" },
  ]);
});

describe("sparse files are read as they come out on disk", () => {
  const head = elfHead({ machine: 183 });
  const pieces = Buffer.concat([head.subarray(0, 32), head.subarray(32)]);
  const map = "2\n0\n32\n32\n32\n";

  test.each([
    {
      form: "PAX 1.0",
      tar: [
        paxHeader({ "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "bin/app" }),
        tarFile("GNUSparseFile.0/app", Buffer.concat([padded(map), pieces])),
      ],
    },
    {
      form: "PAX 0.1",
      tar: [paxHeader({ "GNU.sparse.map": "0,32,32,32" }), tarFile("bin/app", pieces)],
    },
    {
      form: "old GNU",
      tar: [
        tarFile("bin/app", pieces, {
          type: "S",
          magic: "gnu",
          patch: new Map([
            [386, Buffer.from("00000000000\x0000000000040\x00")],
            [410, Buffer.from("00000000040\x0000000000040\x00")],
          ]),
        }),
      ],
    },
  ])("$form", ({ tar }) => {
    expect(rowsOf(...tar)).toEqual([binary("bin/app", "arm64")]);
  });

  test("a program that only begins behind a hole is none", () => {
    expect(rowsOf(paxHeader({ "GNU.sparse.map": "512,64" }), tarFile("bin/app", head))).toEqual([]);
  });
});

describe("a layer is unpacked as runtimes do it", () => {
  const arm64 = elfHead({ machine: 183 });

  test("a later file takes the place of an earlier one", () => {
    expect(rowsOf(tarFile("a", armBinary), tarFile("a", arm64))).toEqual([binary("a", "arm64")]);
    expect(rowsOf(tarFile("a", armBinary), tarFile("a", "text"))).toEqual([]);
    expect(rowsOf(link("a", "b"), tarHeader({ name: "a/", type: "5" }))).toEqual([]);
  });

  test("what goes below a link of the layer goes where that leads", () => {
    const rows = rowsOf(link("bin", "usr/./x/../bin"), link("usr/bin", "/opt"), tarFile("bin/app", arm64));
    expect(rows.at(-1)).toEqual(binary("opt/app", "arm64"));
    expect(rowsOf(link("a", "b"), link("b", "a"), tarFile("a/app", arm64))).toHaveLength(2);
  });

  test("whiteouts and opaque directories are told, aufs's own files are not", () => {
    const { others, opaque, rows } = readLayer(
      Buffer.concat(["bin/.wh.app", "bin/.wh..wh..opq", ".wh..wh.plnk"].map((name) => tarFile(name, ""))),
    );
    expect([[...others], [...opaque], rows]).toEqual([[pathKey("bin/app")], [pathKey("bin")], ""]);
  });

  test("a hard link is the file itself, or one of a lower layer", () => {
    expect(rowsOf(tarFile("a", "text"), hardLink("b", "a"))).toEqual([]);
    expect(rowsOf(hardLink("b", "/lower"))).toEqual([{ kind: "hardlink", path: "b", target: "lower" }]);
  });

  test("a whiteout below a link of the layer hides what is where that leads", () => {
    const parts = [link("bin", "usr/bin"), tarFile("bin/.wh.app", ""), tarFile("bin/.wh..wh..opq", "")];
    const { others, opaque } = readLayer(Buffer.concat(parts));
    expect([[...others], [...opaque]]).toEqual([[pathKey("usr/bin/app")], [pathKey("usr/bin")]]);
  });

  test("directories without an entry of their own, ahead of what is in them, are told", () => {
    const { directories, implied } = readLayer(
      Buffer.concat([
        directory("a"),
        tarFile("a/x", ""),
        tarFile("b/x", ""),
        directory("b"),
        tarFile("c/.wh.x", ""),
      ]),
    );
    expect([[...directories], [...implied]]).toEqual(
      [
        ["a", "b", "c"],
        ["b", "c"],
      ].map(keysOf),
    );
  });

  test.each([
    { title: "a link longer than any", parts: [longLink("b", "a/".repeat(2048)), tarFile("a", armBinary)] },
    { title: "a directory that is taken back", parts: [tarFile("a/b", armBinary), tarFile("a", "text")] },
    { title: "a file below a file", parts: [tarFile("a", "text"), tarFile("a/b", armBinary)] },
    { title: "a name out of the root", parts: [tarFile("../bin/app", armBinary)] },
    { title: "a whiteout of nothing", parts: [tarFile("a/.wh...", "")] },
    { title: "a whiteout of the layer's own file", parts: [tarFile("a", armBinary), tarFile(".wh.a", "")] },
    { title: "a whiteout of its own directory", parts: [tarFile("a/b", armBinary), tarFile(".wh.a", "")] },
    {
      title: "a directory that it has hidden",
      parts: [tarFile(".wh.a", ""), tarHeader({ name: "a/", type: "5" }), tarFile("a/b", armBinary)],
    },
  ])("$title makes it unknown, since one runtime refuses what another takes", ({ parts }) => {
    expect(readLayer(Buffer.concat(parts))).toMatchObject({ isComplete: false, rows: "" });
  });

  test("a file in the place of what the layer has hidden is there, for all of them", () => {
    expect(rowsOf(tarFile(".wh.a", ""), tarFile("a", arm64))).toEqual([binary("a", "arm64")]);
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

test("of a layer with too much in it nothing is told, and its room is given back", () => {
  const room = { left: maxTableRoom };
  const reader = new LayerReader(room);
  for (let i = 0; i < 400_000; i++) reader.push(tarFile(`bin/${i}`, ""));

  expect(reader.end()).toMatchObject({ isComplete: false, rows: "" });
  expect(room.left).toBe(maxTableRoom);
});

test("a layer whose links make more work than its size is worth is not followed", () => {
  const far = longLink("l", "x/".repeat(1900));
  const files = Array.from({ length: 50 }, (_, i) => tarFile(`l/d${i}/app`, armBinary));
  expect(readLayer(Buffer.concat([far, ...files]))).toMatchObject({ isComplete: false });
});

test("all layers of an archive share one room for their tables", () => {
  const room = { left: 4000 };
  const read = (): LayerContents => {
    const reader = new LayerReader(room);
    reader.push(layer);
    return reader.end();
  };

  expect([read().isComplete, read().isComplete]).toEqual([true, false]);
});

test("paths longer than a kernel opens are left out", () => {
  expect(rowsOf(paxHeader({ path: "p".repeat(5000) }), tarFile("p", armBinary))).toEqual([]);
});
