import { expect, test } from "vitest";
import { listBuffers } from "../../../src/archive/spool/list-buffers.ts";

test("memory is found wherever it is in plain data, and named once", () => {
  const shared = new Uint8Array(4);
  const alone = new Uint32Array(2);
  const data = { map: new Map([["a", { bytes: shared }]]), list: [shared.subarray(1), [alone]], none: null };

  expect(listBuffers(data)).toEqual([shared.buffer, alone.buffer]);
  expect(listBuffers("text")).toEqual([]);
});
