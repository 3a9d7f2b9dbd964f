import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { HashThread } from "../../src/stream/hash-thread.ts";

const thread = new HashThread();
afterAll(() => thread.end());

const piece = 1024 * 1024;
const large = 8 * piece;

test("several hashes at once are Node's own, whatever the pieces, also where they wrap around the ring", () => {
  const pieces = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 0, max: 2 * piece })), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, fc.nat(255), (pieces, seed) => {
      const hashes = Array.from({ length: 4 }, () => thread.makeHash(large));
      const wanted = Array.from({ length: 4 }, () => createHash("sha256"));
      for (const [at, [which, size]] of pieces.entries()) {
        const bytes = Buffer.alloc(size, `${seed} ${at} `);
        hashes[which]?.update(bytes);
        wanted[which]?.update(bytes);
        // What was handed over is the caller's again.
        bytes.fill(0);
      }
      for (const [at, hash] of hashes.entries()) expect(hash.digest("hex")).toBe(wanted[at]?.digest("hex"));
    }),
    { numRuns: 30 },
  );
});

test("hashes go on past the 2 GiB after which the ring's counters are negative", () => {
  const bytes = Buffer.alloc(piece, "x");
  const hash = thread.makeHash(large);
  const wanted = createHash("sha256");
  for (let round = 0; round < 2100; round += 1) {
    hash.update(bytes);
    wanted.update(bytes);
  }
  expect(hash.digest("hex")).toBe(wanted.digest("hex"));
});

test("a hash of a small file is made on the spot", () => {
  expect(thread.makeHash(10).update(Buffer.from("abc")).digest("hex")).toMatch(/^ba7816bf/);
});

test("a thread that is woken late, for a piece that it has seen already, takes none that is not there", () => {
  const notify = Atomics.notify.bind(Atomics);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const late = vi.spyOn(Atomics, "notify").mockImplementation((...args) => {
    Atomics.wait(pause, 0, 0, 15);
    return notify(...args);
  });
  try {
    const hash = thread.makeHash(large);
    const wanted = createHash("sha256");
    for (let round = 0; round < 12; round += 1) {
      const bytes = Buffer.alloc(piece, `${round}`);
      hash.update(bytes);
      wanted.update(bytes);
    }
    expect(hash.digest("hex")).toBe(wanted.digest("hex"));
  } finally {
    late.mockRestore();
  }
});

test("the thread is not woken for every small piece, which takes longer than to hash one", () => {
  const woken = vi.spyOn(Atomics, "notify");
  try {
    const hash = thread.makeHash(large);
    const wanted = createHash("sha256");
    for (let round = 0; round < 1000; round += 1) {
      const bytes = Buffer.alloc(16 * 1024, `${round}`);
      hash.update(bytes);
      wanted.update(bytes);
    }
    expect(hash.digest("hex")).toBe(wanted.digest("hex"));
    expect(woken.mock.calls.length).toBeLessThan(100);
  } finally {
    woken.mockRestore();
  }
});
