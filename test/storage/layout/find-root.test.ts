import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findRoot } from "../../../src/storage/layout/find-root.ts";
import { descriptorOf, indexOf, jsonBlob, named, refNamed } from "../../helpers/archives/built-image.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const one = jsonBlob("one");
const other = jsonBlob("other");

async function layoutOf(...manifests: readonly object[]): Promise<string> {
  const folder = await makeTempFolder();
  await writeFile(join(folder, "index.json"), indexOf(...manifests).bytes);
  return folder;
}

describe("findRoot", () => {
  test("takes the only image, by whatever names it is listed", async () => {
    const folder = await layoutOf(descriptorOf(one, undefined, refNamed("latest")), descriptorOf(one));
    expect((await findRoot(folder, undefined)).digest).toBe(one.digest);
  });

  test("finds a name as it is written: a bare tag as skopeo leaves it, or containerd's", async () => {
    const folder = await layoutOf(
      descriptorOf(one, undefined, refNamed("1.36")),
      descriptorOf(other, undefined, named("docker.io/library/busybox:1")),
    );
    expect((await findRoot(folder, "1.36")).digest).toBe(one.digest);
    expect((await findRoot(folder, "docker.io/library/busybox:1")).digest).toBe(other.digest);
  });

  test.each([
    { name: undefined, says: "want the name of one image, it has a:1, b:1", exit: "usage" },
    { name: "c:1", says: 'it has no image "c:1", it has a:1, b:1', exit: "content" },
  ])("says which there are when $name means none or several", async ({ name, says, exit }) => {
    const folder = await layoutOf(
      descriptorOf(one, undefined, refNamed("a:1")),
      descriptorOf(other, undefined, refNamed("b:1")),
    );
    await expect(findRoot(folder, name)).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      message: expect.stringContaining(says),
      exit,
    });
  });

  test("says what is no layout", async () => {
    await expect(findRoot(await makeTempFolder(), undefined)).rejects.toMatchObject({
      code: "LAYOUT_INVALID",
    });
  });
});
