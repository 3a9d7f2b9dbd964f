import { describe, expect, test } from "vitest";
import { sniff } from "../../src/stream/sniff.ts";
import { tarFile, tarHeader } from "../helpers/archives/tar-blocks.ts";
import { zstdFrame, zstdSkippableFrame } from "../helpers/archives/zstd-frames.ts";

test.each([
  ["tar", tarFile("a", "x")],
  ["tar", tarHeader({ magic: "gnu" })],
  ["tar", tarHeader({ magic: "v7" })],
  ["tar", Buffer.alloc(10_240)],
  ["gzip", Buffer.from("1f8b0800000000000003", "hex")],
  ["zstd", zstdFrame(Buffer.from("x"))],
  ["zstd", zstdSkippableFrame(Buffer.from("x"))],
  ["zstd", Buffer.from("5f2a4d1800000000", "hex")],
  ["xz", Buffer.from("fd377a585a000004", "hex")],
  ["bzip2", Buffer.from("BZh91AY&SY")],
  ["lz4", Buffer.from("04224d186440", "hex")],
  ["zip", Buffer.from("PK\u{3}\u{4}")],
  ["html", Buffer.from("\n<!DOCTYPE html><title>Sign in</title>")],
  ["html", Buffer.from("<HTML>")],
  ["lfs", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")],
  ["json", Buffer.from(' \n[{"Config":"x"}]')],
  ["json", Buffer.from("\u{feff}{}")],
  ["empty", Buffer.alloc(0)],
  ["other", Buffer.from("1.0")],
  ["other", Buffer.alloc(100)],
  ["other", Buffer.alloc(512, "x")],
])("tells %s", (format, head) => {
  expect(sniff(head)).toBe(format);
});

describe("a tar whose header is damaged", () => {
  test("is still told by its magic", () => {
    const header = tarHeader({});
    header[0] = 0xff;

    expect(sniff(header)).toBe("tar");
  });
});
