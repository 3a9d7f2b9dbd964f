import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { describeFileError, isFullDisk } from "../../src/content/file-error.ts";

async function failureOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("what the system says is told in plain words, its code behind them", async () => {
  expect(describeFileError(await failureOf(readFile("/nowhere/at/all")))).toBe(
    "there is no such file or folder (ENOENT)",
  );
  expect(describeFileError(await failureOf(readFile("/")))).toBe("it is a folder (EISDIR)");
  expect(describeFileError(await failureOf(readFile("/dev/null/x")))).toBe(
    "a part of its path is no folder (ENOTDIR)",
  );
  expect(describeFileError(new Error("something else"))).toBe("something else");
});

test("a full disk is one", async () => {
  const error = await failureOf(writeFile("/dev/full", "text"));
  expect(describeFileError(error)).toBe("the disk is full (ENOSPC)");
  expect(isFullDisk(error)).toBe(true);
  expect(isFullDisk(await failureOf(readFile("/")))).toBe(false);
});
