import { execFileSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { replaceFile } from "../../../src/cli/files/replace-file.ts";
import { writeTextFile } from "../../../src/cli/files/write-text-file.ts";
import { shown } from "../../../src/cli/output/shown.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

/** What a full disk does, after a part of it was written or at once. */
function* untilFull(...parts: string[]): Generator<ReturnType<typeof shown>> {
  for (const part of parts) yield shown(part);
  throw Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
    syscall: "write",
  });
}

describe("a file that cannot be written to its end", () => {
  test.each([{ parts: [] }, { parts: ["half"] }])("is not there, with $parts written", async ({ parts }) => {
    const folder = await makeTempFolder();
    const writing = writeTextFile("--report", join(folder, "report.json"), untilFull(...parts));
    await expect(writing).rejects.toMatchObject({ code: "FILE_NOT_WRITABLE", exitCode: 74 });
    expect(await readdir(folder)).toEqual([]);
  });

  test("is what it was, where it was there before", async () => {
    const folder = await makeTempFolder();
    const path = join(folder, "report.json");
    await writeFile(path, "last month's");
    await expect(writeTextFile("--report", path, untilFull("half"))).rejects.toThrow("disk is full");
    expect([await readdir(folder), await readFile(path, "utf8")]).toEqual([["report.json"], "last month's"]);
  });
});

describe("a file that is replaced", () => {
  test("keeps its mode, and a link to it stays one", async () => {
    const folder = await makeTempFolder();
    await mkdir(join(folder, "real"));
    const [path, link] = [join(folder, "real", "a"), join(folder, "link")];
    await writeFile(path, "old");
    await chmod(path, 0o640);
    await symlink(join("real", "a"), link);
    await replaceFile(link, (file) => file.writeFile("new"));
    expect(await readFile(path, "utf8")).toBe("new");
    expect([(await stat(path)).mode & 0o777, (await lstat(link)).isSymbolicLink()]).toEqual([0o640, true]);
    expect(await readdir(join(folder, "real"))).toEqual(["a"]);
  });

  test("has the mode that is asked for where it is new", async () => {
    const path = join(await makeTempFolder(), "secret");
    await replaceFile(path, (file) => file.writeFile("x"), 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test.runIf(process.platform !== "win32")("is written to as it is where it is a pipe", async () => {
    const pipe = join(await makeTempFolder(), "pipe");
    execFileSync("mkfifo", [pipe]);
    const read = readFile(pipe, "utf8");
    await replaceFile(pipe, (file) => file.writeFile("through"));
    expect(await read).toBe("through");
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
    "is written to where it is mounted by itself, as into a container",
    async (context) => {
      const folder = await makeTempFolder();
      const path = join(folder, "a");
      await writeFile(path, "old and longer");
      try {
        execFileSync("mount", ["--bind", path, path], { stdio: "ignore" });
      } catch {
        context.skip("nothing can be mounted here");
      }
      onTestFinished(() => void execFileSync("umount", ["--lazy", path]));
      await replaceFile(path, (file) => file.writeFile("new"));
      expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["new", ["a"]]);
    },
  );

  test.runIf(process.platform !== "win32" && process.getuid?.() !== 0)(
    "is written to as it is in a folder where no other can be made",
    async () => {
      const folder = await makeTempFolder();
      const path = join(folder, "a");
      await writeFile(path, "old and longer");
      await chmod(folder, 0o500);
      await replaceFile(path, (file) => file.writeFile("new"));
      expect(await readFile(path, "utf8")).toBe("new");
      await chmod(folder, 0o700);
    },
  );
});
