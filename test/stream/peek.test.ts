import { expect, test } from "vitest";
import { peek } from "../../src/stream/peek.ts";
import { readAll } from "../helpers/chunks.ts";

test("what was looked at is still in the stream", async () => {
  const { head, chunks } = await peek(source([]), 3);

  expect(Buffer.from(head).toString()).toBe("abcd");
  expect((await readAll(chunks)).toString()).toBe("abcdef");
});

test("who has seen enough closes the stream, although nothing more was read", async () => {
  const closed: string[] = [];
  const { chunks } = await peek(source(closed), 1);
  await chunks.return(undefined);

  expect(closed).toEqual(["closed"]);
});

async function* source(closed: string[]): AsyncGenerator<Uint8Array> {
  try {
    for (const text of ["ab", "cd", "ef"]) yield Buffer.from(text);
  } finally {
    closed.push("closed");
  }
}
