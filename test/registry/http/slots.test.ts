import { describe, expect, test } from "vitest";
import { KeyQueue } from "../../../src/registry/http/key-queue.ts";
import { RateLimit } from "../../../src/registry/http/rate-limit.ts";
import { Slots } from "../../../src/registry/http/slots.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";

/** Tasks that end when told, and a look at how many are running. */
function createTasks() {
  const ends: (() => void)[] = [];
  return {
    running: () => ends.length,
    endOne: async () => {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
    task: () => new Promise<void>((resolve) => ends.push(resolve)),
  };
}

describe("slots", () => {
  test("let so many run at a time, and the next in line when one ends", async () => {
    const slots = new Slots(2);
    const { task, running, endOne } = createTasks();
    const all = Promise.all([1, 2, 3, 4].map(() => slots.run(task)));
    expect(running()).toBe(2);
    await endOne();
    expect(running()).toBe(2);
    await endOne();
    await endOne();
    expect(running()).toBe(1);
    await endOne();
    await all;
  });

  test("are halved for those to come, once for a burst of complaints, down to one", async () => {
    const slots = new Slots(4);
    const { task, running, endOne } = createTasks();
    const all = Promise.all(Array.from({ length: 8 }, () => slots.run(task)));
    for (let i = 0; i < 3; i++) slots.halve();
    expect(running()).toBe(4);
    await endOne();
    await endOne();
    expect(running()).toBe(2);
    await endOne();
    expect(running()).toBe(2);
    for (let i = 0; i < 3; i++) slots.halve();
    await endOne();
    expect(running()).toBe(1);
    for (let i = 0; i < 4; i++) await endOne();
    await all;
  });

  test("go to the largest that waits, and of those that are alike to the one that asked first", async () => {
    const slots = new Slots(1);
    const begun: string[] = [];
    const run = (name: string, size?: number): Promise<unknown> =>
      slots.run(async () => void begun.push(name), size);
    await Promise.all([
      run("first", 1),
      run("small", 2),
      run("large", 30),
      run("none"),
      run("large too", 30),
      run("largest", 40),
    ]);
    expect(begun).toEqual(["first", "largest", "large", "large too", "small", "none"]);
  });

  test("are given back by tasks that fail", async () => {
    const slots = new Slots(1);
    await expect(slots.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await slots.run(async () => "yes")).toBe("yes");
  });
});

test("a queue runs tasks of one key in order, failing ones too, and of other keys beside them", async () => {
  const queue = new KeyQueue<string>();
  const log: string[] = [];
  const note = (text: string) => async (): Promise<void> => {
    log.push(`${text} starts`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`${text} ends`);
    if (text === "a1") throw new Error("a1 fails");
  };
  const outcomes = await Promise.allSettled([
    queue.run("a", note("a1")),
    queue.run("a", note("a2")),
    queue.run("b", note("b1")),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect(log.filter((line) => line.startsWith("a"))).toEqual([
    "a1 starts",
    "a1 ends",
    "a2 starts",
    "a2 ends",
  ]);
  expect(log.indexOf("b1 starts")).toBeLessThan(log.indexOf("a1 ends"));
});

test("a rate limit is shared by all who take from it", async () => {
  const clock = createFakeClock(0);
  const limit = new RateLimit(1000, clock);
  for (let i = 0; i < 5; i++) await limit.take(500);
  expect(clock.now()).toBe(2000);
  await clock.sleep(10_000);
  await limit.take(500);
  expect(clock.now()).toBe(12_000);
});
