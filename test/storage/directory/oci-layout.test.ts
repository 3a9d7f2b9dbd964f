import { expect, test } from "vitest";
import { openOciLayout } from "../../../src/storage/directory/oci-layout.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

function describeBlob(content: string, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.length };
}

async function* opened(content: string): AsyncGenerator<Uint8Array> {
  for (const character of content) yield Buffer.from(character);
}

function refuseToOpen(): never {
  throw new Error("it was opened");
}

test("a layout takes blobs and manifests and gives them back", async () => {
  await using store = await openOciLayout(await makeTempFolder());
  const repository = store.repository("rancher/pause");
  const config = describeBlob("{}", mediaTypes.oci.config);
  const sent: number[] = [];
  const push = (): Promise<string> =>
    repository.pushBlob(config, () => opened("{}"), { onBytes: (bytes) => sent.push(bytes) });
  expect(await Promise.all([push(), push()])).toEqual(["pushed", "pushed"]);
  expect(sent).toEqual([1, 2]);
  expect(await push()).toBe("present");
  const manifest = buildManifest("oci", config, []);
  await repository.pushManifest("3.6-arm64", manifest);
  const index = buildIndex("oci", [
    { ...manifest.descriptor, platform: { os: "linux", architecture: "arm64" } },
  ]);
  await repository.pushManifest("3.6", index);
  expect(await repository.resolve("3.6")).toEqual(index.descriptor);
  expect((await repository.fetchManifest(manifest.descriptor.digest))?.bytes).toEqual(
    Buffer.from(manifest.bytes),
  );
  expect(await repository.listTags()).toEqual(["3.6", "3.6-arm64"]);
  expect(await repository.fetchManifest("4")).toBeUndefined();
});

test("a blob of another repository is mounted, not sent", async () => {
  await using store = await openOciLayout(await makeTempFolder());
  const blob = describeBlob("layer", mediaTypes.oci.layer);
  await store.repository("a/b").pushBlob(blob, () => opened("layer"));
  expect(await store.repository("c/d").pushBlob(blob, refuseToOpen, { mountFrom: ["x/y", "a/b"] })).toBe(
    "mounted",
  );
  expect(await store.repository("c/d").hasBlob(blob)).toBe(true);
});

test("bytes that are not the descriptor's are refused, going in and coming out", async () => {
  await using store = await openOciLayout(await makeTempFolder());
  const repository = store.repository("a/b");
  const blob = describeBlob("layer", mediaTypes.oci.layer);
  await expect(repository.pushBlob(blob, () => opened("other"))).rejects.toMatchObject({
    code: "DIGEST_MISMATCH",
  });
  expect(await repository.hasBlob(blob)).toBe(false);
  await repository.pushBlob(blob, () => opened("layer"));
  const reading = async (descriptor: Descriptor): Promise<void> => {
    for await (const _ of repository.fetchBlob(descriptor));
  };
  await reading(blob);
  await expect(reading({ ...blob, size: 4 })).rejects.toMatchObject({ code: "BLOB_MISMATCH" });
  await expect(reading(describeBlob("absent", ""))).rejects.toMatchObject({ code: "BLOB_UNKNOWN" });
});

test("a push that is aborted leaves nothing", async () => {
  await using store = await openOciLayout(await makeTempFolder());
  const blob = describeBlob("layer", mediaTypes.oci.layer);
  const abort = new AbortController();
  const push = store.repository("a/b").pushBlob(blob, () => opened("layer"), {
    signal: abort.signal,
    onBytes: () => abort.abort(new Error("stop")),
  });
  await expect(push).rejects.toThrow("stop");
  expect(await store.repository("a/b").hasBlob(blob)).toBe(false);
});
