import { describe, expect, test } from "vitest";
import { Entries } from "../../../src/archive/index/entries.ts";
import { scanBuilt } from "../../helpers/archives/scan-built.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";

describe("Entries.find()", () => {
  test.each(["a/layer.tar", "./a/layer.tar", "a//layer.tar", "b/../a/layer.tar"])(
    "finds a file as %s",
    async (path) => {
      const { entries } = await scanBuilt(new TarBuilder().file("./a/layer.tar", "1"));
      expect(new Entries(entries).find(path)?.name).toBe("a/layer.tar");
    },
  );

  test("sees a symbolic link's target from the link's folder, wherever it comes in the stream", async () => {
    const tar = new TarBuilder()
      .symlink("one/layer.tar", "../two/layer.tar")
      .file("two/layer.tar", "2")
      .symlink("three/layer.tar", "../one/layer.tar")
      .symlink("top.tar", "two/layer.tar");
    const { entries } = await scanBuilt(tar);
    for (const path of ["one/layer.tar", "three/layer.tar", "top.tar"]) {
      expect(new Entries(entries).find(path)?.name).toBe("two/layer.tar");
    }
  });

  test("sees a hard link's target from the archive's root", async () => {
    const tar = new TarBuilder().file("a/layer.tar", "1").hardLink("b/layer.tar", "./a/layer.tar");
    const { entries } = await scanBuilt(tar);
    expect(new Entries(entries).find("b/layer.tar")?.name).toBe("a/layer.tar");
  });

  test.each([
    ["an absolute path", "/layer.tar"],
    ["a path that climbs out", "../layer.tar"],
    ["a link to an absolute path", "absolute"],
    ["a link that climbs out and comes back by name", "climbs"],
    ["a hard link to an absolute path", "hard"],
    ["a link to nothing", "nowhere"],
    ["a name of JavaScript's own", "__proto__"],
    ["no name", ""],
  ])("does not find %s", async (_, path) => {
    const tar = new TarBuilder()
      .file("layer.tar", "1")
      .symlink("absolute", "/layer.tar")
      .symlink("climbs", "../root/layer.tar")
      .hardLink("hard", "/layer.tar")
      .symlink("nowhere", "gone");
    const { entries } = await scanBuilt(tar);
    expect(new Entries(entries).find(path)).toBeUndefined();
  });

  test("follows eight links and refuses the ninth", async () => {
    const tar = new TarBuilder().file("0", "");
    for (let i = 1; i <= 9; i++) tar.symlink(String(i), String(i - 1));
    const { entries } = await scanBuilt(tar);
    expect(new Entries(entries).find("8")?.name).toBe("0");
    expect(() => new Entries(entries).find("9")).toThrow(/"9": it is a link through more than 8 links/);
  });

  test.each([
    ["itself", new TarBuilder().symlink("a", "a")],
    ["each other", new TarBuilder().symlink("a", "b").hardLink("b", "a")],
  ])("refuses links to %s", async (_, tar) => {
    const { entries } = await scanBuilt(tar);
    expect(() => new Entries(entries).find("a")).toThrow(
      expect.objectContaining({ code: "ARCHIVE_INVALID" }),
    );
  });
});

test("Entries.get() names what is missing and who wants it, safe for a terminal", async () => {
  const { entries } = await scanBuilt(new TarBuilder());
  expect(() => new Entries(entries).get("a\u{1b}[2J", 'image "x\u{7}"')).toThrow(
    String.raw`Cannot read image "x\u{7}": "a\u{1b}[2J" is not in the archive`,
  );
});
