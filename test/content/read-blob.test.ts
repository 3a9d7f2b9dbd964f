import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readBlob } from "../../src/content/read-blob.ts";
import { maxMetadataSize, type Repository } from "../../src/content/repository.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { type Digest, digestOf } from "../../src/oci/digest.ts";

const bytes = Buffer.from("a config in three chunks");
const chunks = [bytes.subarray(0, 5), bytes.subarray(5, 6), bytes.subarray(6)];
const descriptor: Descriptor = { mediaType: "x", digest: digestOf(bytes), size: bytes.length };

/** A repository that gives these chunks for any blob, and tells how many were taken. */
function serve(chunks: Iterable<Uint8Array>): { repository: Repository; taken: () => number } {
  let taken = 0;
  const repository = {
    title: "host/repo",
    async *fetchBlob() {
      for (const chunk of chunks) {
        taken++;
        yield chunk;
      }
    },
  };
  return { repository: repository as unknown as Repository, taken: () => taken };
}

test("a blob comes whole, whatever its chunks", async () => {
  expect(await readBlob(serve(chunks).repository, descriptor)).toEqual(bytes);
  expect(await readBlob(serve([]).repository, { ...descriptor, digest: digestOf(""), size: 0 })).toEqual(
    Buffer.alloc(0),
  );
});

test("a sha512 digest is checked as such", async () => {
  const digest = `sha512:${createHash("sha512").update(bytes).digest("hex")}` as Digest;
  expect(await readBlob(serve(chunks).repository, { ...descriptor, digest })).toEqual(bytes);
});

test.each([
  { title: "other bytes", chunks: [Buffer.from("A"), bytes.subarray(1)] },
  { title: "too few bytes", chunks: chunks.slice(1) },
  { title: "bytes behind the end", chunks: [...chunks, Buffer.from("x")] },
])("$title are refused", async ({ chunks }) => {
  await expect(readBlob(serve(chunks).repository, descriptor)).rejects.toMatchObject({
    code: "BLOB_MISMATCH",
    exitCode: 76,
    message: `Cannot read blob "${descriptor.digest}" of "host/repo": its bytes are not those of its digest`,
  });
});

test("a blob that is too large for memory is not even asked for", async () => {
  const { repository, taken } = serve(chunks);
  const large = { ...descriptor, size: maxMetadataSize + 1 };
  await expect(readBlob(repository, large)).rejects.toMatchObject({ code: "BLOB_TOO_LARGE" });
  expect(taken()).toBe(0);
});

test("a blob without an end is read no further than its size", async () => {
  const { repository, taken } = serve(endless());
  await expect(readBlob(repository, descriptor)).rejects.toMatchObject({ code: "BLOB_MISMATCH" });
  expect(taken()).toBe(2);
});

function* endless(): Generator<Uint8Array> {
  for (;;) yield bytes;
}
