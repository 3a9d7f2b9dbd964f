import { expect, test } from "vitest";
import { BlobTask, measureBlobs } from "../../../src/transfer/report/blob-task.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";

async function* give(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size);
}

function lastOf(events: readonly LoadEvent[]): LoadEvent | undefined {
  return events.at(-1);
}

test("blobs and bytes are counted while they are read, of how many as soon as that is known", async () => {
  const events: LoadEvent[] = [];
  const task = new BlobTask({ activity: "checking", title: "a:1" }, (event) => void events.push(event));
  const reading = task.read(give(3, 4));
  await reading.next();
  await reading.next();
  const told = { type: "progress", activity: "checking", title: "a:1" };
  expect(lastOf(events)).toMatchObject({ ...told, bytes: { done: 3 }, items: { noun: "blob", done: 0 } });
  task.expect({ blobs: 2, bytes: 10 });
  for await (const _ of reading);
  expect(lastOf(events)).toMatchObject({ bytes: { done: 7, total: 10 }, items: { done: 1, total: 2 } });
  task.end();
  expect(lastOf(events)).toEqual({ ...told, isOver: true });
});

test("a blob that is read again does not make it more than all", async () => {
  const events: LoadEvent[] = [];
  const total = { blobs: 1, bytes: 5 };
  const task = new BlobTask(
    { activity: "writing", title: "a.tar" },
    (event) => void events.push(event),
    total,
  );
  for await (const _ of task.read(give(5)));
  for await (const _ of task.read(give(5)));
  expect(lastOf(events)).toMatchObject({ bytes: { done: 5, total: 5 }, items: { done: 1, total: 1 } });
});

test("of blobs that are there twice there is one", () => {
  const blob = { digest: "sha256:a", size: 5 };
  expect(measureBlobs([blob, blob, { digest: "sha256:b", size: 6 }])).toEqual({ blobs: 2, bytes: 11 });
});
