import { expect, test } from "vitest";
import type { AirgapError } from "../../src/oci/airgap-error.ts";
import { decompressXz } from "../../src/stream/decompress-xz.ts";
import { chunksOf, failing, readAll } from "../helpers/chunks.ts";

/** `head -c 2000 /dev/zero | tr '\0' a | xz`. */
const letters = Buffer.from(
  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AfPABFdADDv+7/+o7Fe5fg/sqgc6zIAAAAAALLFiLjDAfGBAAEt0A8AAAA6rfGpscRn+wIAAAAABFla",
  "base64",
);
/** The same with `--check=sha256`. */
const sha256Checked = Buffer.from(
  "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4AfPABFdADDv+7/+o7Fe5fg/sqgc6zIAAAAAAMSnAPhbfp5c29xRFwQJ7irUi+vi8vCVegZ5N1MaCjxCAAFF0A8AAAANIFZNtunfHAIAAAAAClla",
  "base64",
);
const text = Buffer.alloc(2000, "a");

test.each([
  ["one stream", letters, text],
  ["two streams", Buffer.concat([letters, letters]), Buffer.concat([text, text])],
  ["padding behind", Buffer.concat([letters, Buffer.alloc(8)]), text],
])("decompresses %s", async (_, input, output) => {
  expect((await readAll(decompressXz(chunksOf(input)))).equals(output)).toBe(true);
  expect((await readAll(decompressXz(chunksOf(input, 7)))).equals(output)).toBe(true);
});

test("what is cut off anywhere is an error", async () => {
  for (let length = 6; length < letters.length; length++) {
    await expect(
      readAll(decompressXz(chunksOf(letters.subarray(0, length)))),
      `at ${length}`,
    ).rejects.toMatchObject({
      code: "ARCHIVE_DAMAGED",
    });
  }
});

test("what is corrupt anywhere never gives other bytes without an error", async () => {
  for (let at = 0; at < letters.length; at++) {
    const flipped = Buffer.from(letters);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    const outcome = await readAll(decompressXz(chunksOf(flipped))).catch((error: AirgapError) => error.code);

    expect([text.toString(), "ARCHIVE_DAMAGED"], `at ${at}`).toContain(outcome.toString());
  }
});

test("a check that is not supported is named, with the program that knows it", async () => {
  await expect(readAll(decompressXz(chunksOf(sha256Checked)))).rejects.toMatchObject({
    code: "ARCHIVE_UNSUPPORTED",
    hint: expect.stringContaining("xz -dc") as string,
  });
});

test("garbage behind the end is an error", async () => {
  const input = Buffer.concat([letters, Buffer.from("garbage!")]);

  await expect(readAll(decompressXz(chunksOf(input)))).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
});

test("hands the source's own failure on", async () => {
  await expect(readAll(decompressXz(failing(letters.subarray(0, 20))))).rejects.toThrow("the disk is gone");
});

test("one stream inside another, and one after one that was left, need not wait for each other", async () => {
  const outer = decompressXz(chunksOf(letters, 7));
  await outer.next();
  const left = decompressXz(chunksOf(letters, 7));
  await left.next();
  await left.return(undefined);

  expect((await readAll(decompressXz(chunksOf(letters)))).equals(text)).toBe(true);
  expect((await readAll(outer)).length).toBeLessThanOrEqual(text.length);
});
