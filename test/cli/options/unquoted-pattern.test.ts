import { describe, expect, test } from "vitest";
import type { ArchiveFlags } from "../../../src/cli/options/load-flags.ts";
import { sayUnquoted } from "../../../src/cli/options/unquoted-pattern.ts";

function say(files: readonly string[], flags: Partial<ArchiveFlags>): string[] {
  return sayUnquoted(files, flags as ArchiveFlags).map(({ text }) => text);
}

describe("sayUnquoted()", () => {
  test("tells which files a pattern without quotes has left to themselves, and how it is quoted", () => {
    const files = ["img/b.tar.gz", "img/c.tar.gz", "img/d.tar.gz", "img/e.tar.gz"];

    expect(say(files, { amd64: ["img/a.tar.gz"] })).toEqual([
      "--amd64 is for img/a.tar.gz alone, and not for img/b.tar.gz, img/c.tar.gz, img/d.tar.gz and 1 more: a pattern for all of them has to be quoted, --amd64 'img/*.gz'",
    ]);
  });

  test.each([
    ["files of another folder", ["other/b.tar"], { amd64: ["img/a.tar"] }],
    ["a file that a pattern would have named first", ["img/0.tar"], { amd64: ["img/a.tar"] }],
    ["two options", ["img/c.tar"], { amd64: ["img/a.tar"], arm64: ["img/b.tar"] }],
    ["a quoted pattern", ["img/b.tar"], { amd64: ["img/*.tar"] }],
    ["no other file", [], { amd64: ["img/a.tar"] }],
    ["no option", ["a.tar", "b.tar"], {}],
  ])("says nothing of %s", (_, files, flags) => {
    expect(say(files, flags)).toEqual([]);
  });
});
