import { expect, test } from "vitest";
import { spareMemory } from "../../../src/cli/load/spare-memory.ts";
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
