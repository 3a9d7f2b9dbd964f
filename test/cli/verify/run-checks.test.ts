import { expect, test } from "vitest";
import { type Check, CheckCounts, runChecks } from "../../../src/cli/verify/run-checks.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import type { CheckedList } from "../../../src/cli/verify/verification.ts";

type Checked = Omit<Extract<LoadEvent, { type: "checked" }>, "type">;

function check(source: string, bytes: number, steps: string[] = []): Check {
  return {
    source,
    target: { repository: source, tag: "1" },
    start: async () => {
      steps.push(`start ${source}`);
      return {
        parts: { blobs: 1, bytes },
        finish: async () => {
          steps.push(`finish ${source}`);
          return { source, title: source, images: [] };
        },
      };
    },
  };
}

function refuse(source: string, error: AirgapError): Check {
  return { ...check(source, 0), start: () => Promise.reject(error) };
}

async function run(
  checks: readonly Check[],
  reads = true,
): Promise<{ readonly lists: readonly CheckedList[]; readonly told: readonly Checked[] }> {
  const told: Checked[] = [];
  const onEvent = (event: LoadEvent): void => {
    if (event.type !== "checked") return;
    const { type: _, ...rest } = event;
    told.push(rest);
  };
  const lists = await runChecks(checks, {
    store: createStorageStore(new MemoryStorage()),
    counts: new CheckCounts(checks.length, reads, onEvent),
    onEvent,
    signal: new AbortController().signal,
  });
  return { lists, told };
}

test("how much there is to read in all is told once all lists are known, and never before", async () => {
  const { told } = await run([check("a", 100), check("b", 20)]);
  const [first, ...later] = told.map(({ bytes }) => bytes?.total);
  expect(first).toBeUndefined();
  expect(new Set(later)).toEqual(new Set([120]));
  expect(told.at(-1)).toMatchObject({ done: 2, total: 2, isSound: true, bytes: { total: 120 } });
});

test("where no layers are read nothing is told of bytes", async () => {
  const { told } = await run([check("a", 0)], false);
  expect(told).toEqual([
    { done: 0, total: 1 },
    { done: 0, total: 1 },
    { done: 1, total: 1, name: "a", isSound: true },
  ]);
});

test("what a registry refuses is told for its image, and the others are checked", async () => {
  const refusal = new AirgapError("ACCESS_DENIED", "Cannot read it", { exit: "denied", hint: "Sign in." });
  const { lists, told } = await run([refuse("a", refusal), check("b", 20)]);
  expect(lists.map(({ source, images }) => [source, images.flatMap(({ problems }) => problems)])).toEqual([
    ["a", ["Cannot read it", "Sign in."]],
    ["b", []],
  ]);
  expect(told.at(-1)?.bytes).toEqual({ total: 20 });
  expect(told.find(({ name }) => name === "a")?.isSound).toBe(false);
});

test("a registry that cannot be reached ends it", async () => {
  const error = new AirgapError("REGISTRY_UNREACHABLE", "Cannot reach it", { exit: "unreachable" });
  await expect(run([refuse("a", error), check("b", 20)])).rejects.toBe(error);
});

test("of very many names not all lists are held before the first is checked", async () => {
  const steps: string[] = [];
  const few = Array.from({ length: 40 }, (_, at) => check(`few${at}`, 1, steps));
  await run(few);
  expect(steps.indexOf("start few39")).toBeLessThan(steps.indexOf("finish few39") - 1);
  steps.length = 0;
  const many = Array.from({ length: 501 }, (_, at) => check(`many${at}`, 1, steps));
  await run(many);
  let held = 0;
  const most = steps.map((step) => (held += step.startsWith("start") ? 1 : -1));
  expect(Math.max(...most)).toBeLessThanOrEqual(4);
});
