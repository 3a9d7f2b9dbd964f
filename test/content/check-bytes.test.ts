import { describe, expect, test } from "vitest";
import { checkBytes } from "../../src/content/check-bytes.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { readAll } from "../helpers/chunks.ts";
import { overwritten } from "../helpers/overwritten.ts";

const bytes = Buffer.from("0123456789");
const descriptor: Descriptor = { mediaType: "text/plain", digest: digestOf(bytes), size: bytes.length };

describe("bytes that are checked while they go by", () => {
  test("come whole from a source that overwrites its chunks", async () => {
    const checked = checkBytes(descriptor, overwritten(bytes, 3), "push");
    expect((await readAll(checked)).toString()).toBe("0123456789");
  });

  test.each([
    ["wrong", "012345678X", "its bytes have the digest"],
    ["too few", "012345678", "want 10 bytes, got 9"],
    ["too many", "0123456789X", "want 10 bytes, got more"],
  ])("are never all given where they are %s", async (_, text, message) => {
    let given = 0;
    const reading = (async () => {
      for await (const chunk of checkBytes(descriptor, overwritten(Buffer.from(text), 1), "push")) {
        given += chunk.length;
      }
    })();
    await expect(reading).rejects.toThrow(message);
    expect(given).toBeLessThan(10);
  });
});
