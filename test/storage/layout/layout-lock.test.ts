import { readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withLayoutLock } from "../../../src/storage/layout/layout-lock.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const longAgo = new Date(Date.now() - 60_000);

test.each([
  ["a process that is gone", `4194303 ${hostname()} x`, new Date()],
  ["an earlier life of this process", `${process.pid} ${hostname()} x`, new Date()],
  ["a machine that has been silent for long", "1 elsewhere x", longAgo],
  ["a living process that has been silent for long", `1 ${hostname()} x`, longAgo],
  ["somebody who was killed before a name was written", "", longAgo],
])("the lock of %s holds nobody up", async (_, holder, touched) => {
  const path = join(await makeTempFolder(), "lock");
  await writeFile(path, holder);
  await utimes(path, touched, touched);
  expect(await withLayoutLock(path, async () => "done")).toBe("done");
  expect(await readdir(join(path, ".."))).toEqual([]);
});

test("changes take turns, also under another name of the folder, and also after one that failed", async () => {
  const folder = await makeTempFolder();
  await symlink(folder, join(folder, "alias"));
  const log: string[] = [];
  const change = (name: string, path: string): Promise<void> =>
    withLayoutLock(path, async () => {
      log.push(`${name} begins`);
      await readdir(folder);
      log.push(`${name} ends`);
      if (name === "a") throw new Error("failed");
    });
  const paths = [join(folder, "lock"), join(folder, "lock"), join(folder, "alias", "lock")];
  const results = await Promise.allSettled(["a", "b", "c"].map((name, i) => change(name, paths[i] ?? "")));
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  for (let i = 0; i < log.length; i += 2) expect(log[i]?.[0]).toBe(log[i + 1]?.[0]);
});

test("a living holder is waited for", async () => {
  const path = join(await makeTempFolder(), "lock");
  await writeFile(path, "1 elsewhere x");
  let entered = false;
  const change = withLayoutLock(path, async () => {
    entered = true;
  });
  for (let i = 0; i < 20; i++) await readdir(join(path, ".."));
  expect(entered).toBe(false);
  await utimes(path, longAgo, longAgo);
  await change;
  expect(entered).toBe(true);
});
