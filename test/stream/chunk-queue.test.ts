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

test("tells how much waits or is in use, and when a chunk is not any more", async () => {
  const used: number[] = [];
  const queue = new ChunkQueue((size) => used.push(size));
  queue.push(Buffer.alloc(3));
  queue.push(Buffer.alloc(4));
  const chunks = queue[Symbol.asyncIterator]();

  await chunks.next();
  expect([queue.size, used]).toEqual([7, []]);
  await chunks.next();
  expect([queue.size, used]).toEqual([4, [3]]);
});

test("a failure comes after what was pushed before it", async () => {
  const queue = new ChunkQueue();
  queue.push(Buffer.from("a"));
  queue.end(new Error("cut"));
  const chunks = queue[Symbol.asyncIterator]();

  expect((await chunks.next()).value).toEqual(Buffer.from("a"));
  await expect(chunks.next()).rejects.toThrow("cut");
});
