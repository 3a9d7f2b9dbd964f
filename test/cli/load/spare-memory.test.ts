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

test("V8 is told once to keep its heap small where archives have very many names together, and all is passed on", () => {
  const many = [scanned(600), scanned(401), scanned(2000)];
  expect(run(...many)).toEqual({ flags: ["--heap-growing-percent=30"], told: many });
  expect(run(scanned(600), scanned(400)).flags).toEqual([]);
});
