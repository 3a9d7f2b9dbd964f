import * as fc from "fast-check";
import { expect, test } from "vitest";
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
