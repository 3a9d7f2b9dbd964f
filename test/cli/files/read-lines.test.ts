import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLines } from "../../../src/cli/files/read-lines.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

test("an image list: a name a line, comments, blanks and line ends of any kind left out", async () => {
  const path = join(await makeTempFolder(), "k3s-images.txt");
  await writeFile(
    path,
    "\u{feff}# all of k3s\r\ndocker.io/rancher/pause:3.1\r\n\r\n  busybox:1.36  # for tests\n#docker.io/not:this\nquay.io/a/b#c:1",
  );
  expect(await readLines(path)).toEqual(["docker.io/rancher/pause:3.1", "busybox:1.36", "quay.io/a/b#c:1"]);
});

test("a list that cannot be read is told with its name", async () => {
  const folder = await makeTempFolder();
  await expect(readLines(folder)).rejects.toMatchObject({
    code: "FILE_NOT_READABLE",
    exitCode: 66,
    message: expect.stringContaining(`Cannot read "${folder}": `),
  });
});
