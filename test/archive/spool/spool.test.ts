import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createSpoolFile } from "../../../src/archive/spool/spool-file.ts";
import { Spool } from "../../../src/archive/spool/spool.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const run = promisify(execFile);

test("a spool has no folder until there is a file, and none afterwards", async () => {
  const spool = new Spool(await makeTempFolder());
  expect(existsSync(spool.directory)).toBe(false);

  const file = createSpoolFile(spool.directory, 5);
  file.write(Buffer.from("he"));
  file.write(Buffer.from("llo"));
  file.close();
  expect(readFileSync(file.path, "utf8")).toBe("hello");
  expect(statSync(spool.directory).mode & 0o777).toBe(0o700);
  expect(statSync(file.path).mode & 0o777).toBe(0o600);

  await spool[Symbol.asyncDispose]();
  expect(existsSync(spool.directory)).toBe(false);
});

test("a file's room can be given back before", async () => {
  const spool = new Spool(await makeTempFolder());
  const [first, second] = [createSpoolFile(spool.directory, 0), createSpoolFile(spool.directory, 0)];
  await spool.remove(first.path);

  expect([existsSync(first.path), existsSync(second.path)]).toEqual([false, true]);
  await spool[Symbol.asyncDispose]();
});

test("room is looked for first, and the option named that gives more", async () => {
  const spool = new Spool(await makeTempFolder());

  expect(() => createSpoolFile(spool.directory, 2 ** 52)).toThrow(
    expect.objectContaining({
      code: "DISK_FULL",
      exitCode: 74,
      hint: expect.stringContaining("--temp-dir") as string,
    }),
  );
  expect(existsSync(spool.directory)).toBe(false);
});

test("a folder that is not there is told with the option that names it", async () => {
  const spool = new Spool(join(await makeTempFolder(), "missing"));

  expect(() => createSpoolFile(spool.directory, 0)).toThrow(
    expect.objectContaining({
      code: "TEMP_DIR_UNUSABLE",
      exitCode: 73,
      message: expect.stringContaining("missing") as string,
    }),
  );
});

test("nothing is left behind when a process exits in the middle", async () => {
  const folder = await makeTempFolder();
  const built = new URL("../../../dist/archive/spool/", import.meta.url).href;
  const program = `
    const { Spool } = await import("${built}spool.js");
    const { createSpoolFile } = await import("${built}spool-file.js");
    const spool = new Spool(${JSON.stringify(folder)});
    createSpoolFile(spool.directory, 0).write(Buffer.from("x"));
    console.log(spool.directory);
    process.exit(0);
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program]);

  expect(stdout).toContain(folder);
  expect(existsSync(stdout.trim())).toBe(false);
});
