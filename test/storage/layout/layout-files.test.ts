import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LayoutFiles } from "../../../src/storage/layout/layout-files.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

test.each([
  { there: "the old one, where none has come meanwhile", newer: undefined, content: "old" },
  { there: "a newer one, where there is one", newer: "new", content: "new" },
])("of a file that was taken away and could not be looked at stays $there", async ({ newer, content }) => {
  const root = await makeTempFolder();
  const path = join(root, "tag");
  const files = new LayoutFiles(root, root);
  await files.write(path, "old");
  const look = async (): Promise<never> => {
    if (newer !== undefined) await files.writeNew(path, newer);
    throw new Error("EIO");
  };
  await expect(files.take(path, look)).rejects.toThrow("EIO");
  expect(await readdir(root)).toEqual(["tag"]);
  expect(await readFile(path, "utf8")).toBe(content);
});
