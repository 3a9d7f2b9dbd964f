import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expandPattern } from "../../../src/cli/files/expand-pattern.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

describe("expandPattern()", () => {
  test("gives the files that fit, in order, at any depth that it names", async () => {
    const folder = await makeTempFolder();
    await mkdir(join(folder, "b"));
    await mkdir(join(folder, "a"));
    for (const name of ["b/2.tar.gz", "b/1.tar.gz", "a/x.tar", "a/.hidden.tar", "a/note.txt", "a/star*"]) {
      await writeFile(join(folder, name), "");
    }

    expect(expandPattern(`${folder}/b/*.tar.gz`)).toEqual([`${folder}/b/1.tar.gz`, `${folder}/b/2.tar.gz`]);
    expect(expandPattern(`${folder}/*/?.tar`)).toEqual([`${folder}/a/x.tar`]);
    expect(expandPattern(`${folder}/a/star*`)).toEqual([`${folder}/a/star*`]);
    expect(expandPattern("-")).toEqual(["-"]);
    expect(() => expandPattern(`${folder}/*.zst`)).toThrow(/no file fits this pattern/);
    expect(() => expandPattern(`${folder}/none/*.tar`)).toThrow(/no file fits this pattern/);
  });
});
