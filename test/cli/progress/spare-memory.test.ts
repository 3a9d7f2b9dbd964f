import { expect, test } from "vitest";
import { spareMemory } from "../../../src/cli/progress/spare-memory.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";

function run(...events: LoadEvent[]): { readonly flags: string[]; readonly told: LoadEvent[] } {
  const flags: string[] = [];
  const told: LoadEvent[] = [];
  const listener = spareMemory(
    (event) => void told.push(event),
    (flag) => void flags.push(flag),
  );
  events.forEach(listener);
  return { flags, told };
}

function scanned(names: number): LoadEvent {
  return {
    type: "scanned",
    title: "a.tar",
    images: 1,
    names,
    facts: { size: 1, compression: "none", sha256: undefined, writer: "" },
  };
}

test("V8 is told once to keep its heap small where archives have many names together, smaller for very many, and all is passed on", () => {
  const many = [scanned(150), scanned(50), scanned(1), scanned(600), scanned(400), scanned(2000)];
  const flags = ["--heap-growing-percent=50", "--heap-growing-percent=30"];
  expect(run(...many)).toEqual({ flags, told: many });
  expect(run(scanned(100), scanned(100)).flags).toEqual([]);
});

test.each<{ title: string; tell: (names: number) => LoadEvent }>([
  {
    title: "a sync",
    tell: (names) => ({ type: "planned", images: names, names: Array.from({ length: names }, String) }),
  },
  {
    title: "a save",
    tell: (total) => ({
      type: "progress",
      activity: "looking up",
      title: "images",
      items: { noun: "image", done: 1, total },
    }),
  },
  { title: "a verify", tell: (total) => ({ type: "checked", done: 0, total }) },
])("$title of many names keeps its heap small as well, and later events do not let it grow", ({ tell }) => {
  expect(run(tell(200)).flags).toEqual([]);
  expect(run(tell(201), scanned(1), tell(300)).flags).toEqual(["--heap-growing-percent=50"]);
  expect(run(tell(3000), tell(201)).flags).toEqual(["--heap-growing-percent=30"]);
});
