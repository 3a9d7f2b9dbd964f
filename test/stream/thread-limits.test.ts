import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { threadLimits } from "../../src/stream/thread-limits.ts";

/** Makes much garbage, some of which lives long enough to have the room for new objects grow, and tells how large that is. */
const script = `
const { parentPort } = require("node:worker_threads");
const { getHeapSpaceStatistics } = require("node:v8");
let kept = [];
for (let round = 0; round < 2_000_000; round += 1) {
  kept.push({ round });
  if (kept.length > 50_000) kept = [];
}
const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
parentPort.postMessage(space.space_size);
`;

test("a thread's room for new objects stays small, whatever garbage it makes", async () => {
  const worker = new Worker(script, { eval: true, resourceLimits: threadLimits });
  const [size] = (await once(worker, "message")) as [number];
  await worker.terminate();
  expect(size).toBeLessThan(4_000_000);
});
