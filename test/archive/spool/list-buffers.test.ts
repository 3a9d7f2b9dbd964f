import { expect, test } from "vitest";
import { listBuffers } from "../../../src/archive/spool/list-buffers.ts";

test("memory is found wherever it is in plain data, and named once", () => {
  const shared = new Uint8Array(4000);
  const alone = new Uint32Array(1000);
  const data = { map: new Map([["a", { bytes: shared }]]), list: [shared.subarray(1), [alone]], none: null };

  expect(listBuffers(data)).toEqual([shared.buffer, alone.buffer]);
  expect(listBuffers("text")).toEqual([]);
});

test("small memory is copied, and of very many pieces the rest: each that is handed over is compared with all others", () => {
  expect(listBuffers(Array.from({ length: 10 }, () => new Float64Array(10)))).toEqual([]);
  expect(listBuffers(Array.from({ length: 10_001 }, () => new Uint8Array(1024)))).toHaveLength(10_000);
});
