import { expect, test } from "vitest";
import { ChunkQueue } from "../../src/stream/chunk-queue.ts";
import { readAll } from "../helpers/chunks.ts";

test("gives what was pushed before and after the reader came, in order", async () => {
  const queue = new ChunkQueue();
  queue.push(Buffer.from("a"));
  const all = readAll(queue);
  queue.push(Buffer.from("b"));
  await Promise.resolve();
  queue.push(Buffer.from("c"));
  queue.end();

  expect((await all).toString()).toBe("abc");
});

test("tells how much waits, and when some was taken", async () => {
  const taken: number[] = [];
  const queue = new ChunkQueue((size) => taken.push(size));
  queue.push(Buffer.alloc(3));
  queue.push(Buffer.alloc(4));
  expect(queue.size).toBe(7);

  await queue[Symbol.asyncIterator]().next();
  expect([queue.size, taken]).toEqual([4, [3]]);
});

test("a failure comes after what was pushed before it", async () => {
  const queue = new ChunkQueue();
  queue.push(Buffer.from("a"));
  queue.end(new Error("cut"));
  const chunks = queue[Symbol.asyncIterator]();

  expect((await chunks.next()).value).toEqual(Buffer.from("a"));
  await expect(chunks.next()).rejects.toThrow("cut");
});
