import * as fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { BlobBody } from "../../../src/registry/blobs/blob-body.ts";
import { overwritten } from "../../helpers/overwritten.ts";
import { makeBlob } from "../../helpers/registries/publish-app.ts";

/** What a socket takes at once at the most. */
const mostBuffered = 64 * 1024;

test("pieces that a socket may still hold keep their content, whatever the portions", async () => {
  const sizes = fc.integer({ min: 1, max: 300_000 });
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (chunkSize, portion) => {
      const { descriptor, bytes } = makeBlob(400_000, "blob");
      const open = (): AsyncIterable<Uint8Array> => overwritten(bytes, chunkSize);
      const body = new BlobBody({ descriptor, open, action: "push", stallTimeout: 60_000 });
      const taken: Uint8Array[] = [];
      for (let left = bytes.length; left > 0; left -= portion) {
        for await (const piece of body.take(Math.min(left, portion))) {
          taken.push(piece.length <= mostBuffered ? piece : Buffer.from(piece));
        }
      }
      expect(Buffer.concat(taken).equals(bytes)).toBe(true);
      expect(body.finished).toBe(true);
    }),
    { numRuns: 20 },
  );
});

/** Takes a blob of 400,000 bytes, read in chunks of a size, and waits so many milliseconds with each piece. */
async function takeSlowly(chunkSize: number, wait: number): Promise<AbortSignal> {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const { descriptor, bytes } = makeBlob(400_000, "blob");
  const open = (): AsyncIterable<Uint8Array> => overwritten(bytes, chunkSize);
  const body = new BlobBody({ descriptor, open, action: "push", stallTimeout: 120_000 });
  for await (const _ of body.whole()) {
    vi.advanceTimersByTime(wait);
    if (body.signal.aborted) break;
  }
  await body.close();
  return body.signal;
}

describe("a registry that is waited for", () => {
  test.each([
    { title: "no byte", chunkSize: 1000, wait: 200_000, taken: "no bytes" },
    { title: "piece after piece, each in time", chunkSize: 1000, wait: 20_000, taken: "7000 bytes" },
  ])("and takes $title is given up", async ({ chunkSize, wait, taken }) => {
    const signal = await takeSlowly(chunkSize, wait);
    expect(signal.reason).toMatchObject({
      code: "STALL_TIMEOUT",
      message: `${taken} were taken in 120 seconds`,
    });
  });

  test.each([
    { title: "a slow line", chunkSize: 65_536, wait: 100_000 },
    { title: "one that takes a part of what was read at once", chunkSize: 400_000, wait: 100_000 },
    { title: "many small pieces", chunkSize: 1000, wait: 1500 },
  ])("is not given up over $title", async ({ chunkSize, wait }) => {
    expect((await takeSlowly(chunkSize, wait)).aborted).toBe(false);
  });
});
