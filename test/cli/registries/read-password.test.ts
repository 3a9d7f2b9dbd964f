import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readPassword } from "../../../src/cli/registries/read-password.ts";

test.each([
  ["secret", "secret"],
  ["secret\n", "secret"],
  ["secret\r\n", "secret"],
  ["secret\n\n", "secret\n"],
  [" sec ret ", " sec ret "],
  ["größe\n", "größe"],
])("%j is the password %j", async (text, password) => {
  const bytes = Buffer.from(text);
  expect(await readPassword(Readable.from([bytes.subarray(0, 4), bytes.subarray(4)]))).toBe(password);
});

test.each(["", "\n"])("%j is no password", async (text) => {
  await expect(readPassword(Readable.from([text]))).rejects.toMatchObject({ code: "USAGE", exitCode: 64 });
});

test("an archive in its place is refused before it is read whole", async () => {
  let read = 0;
  async function* archive(): AsyncGenerator<Buffer> {
    for (; ; read++) yield Buffer.alloc(65_536);
  }
  await expect(readPassword(archive())).rejects.toMatchObject({ code: "USAGE", exitCode: 64 });
  expect(read).toBeLessThan(3);
});
