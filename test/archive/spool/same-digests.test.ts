import { createReadStream } from "node:fs";
import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openArchive, type ArchiveInput } from "../../../src/archive/open-archive.ts";
import { k3sArchive } from "../../helpers/archives/k3s-samples.ts";
import { samplePath } from "../../helpers/archives/samples.ts";
import { zstdFrame } from "../../helpers/archives/zstd-frames.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

test("layers have the same digests from a tar, from a zstd archive and from a pipe", async () => {
  const folder = await makeTempFolder();
  const content = gunzipSync(await readFile(samplePath(k3sArchive("docker20", "arm"))));
  const [tar, zst] = [".tar", ".tar.zst"].map((ending) => join(folder, `images${ending}`)) as [
    string,
    string,
  ];
  await Promise.all([writeFile(tar, content), writeFile(zst, zstdFrame(content))]);
  const forms = await Promise.all(
    [{ path: tar }, { path: zst }, { stdin: createReadStream(tar) }].map(listDigests),
  );

  expect(forms[0]!.length).toBeGreaterThan(0);
  expect(forms[1]).toEqual(forms[0]);
  expect(forms[2]).toEqual(forms[0]);
});

async function listDigests(input: ArchiveInput): Promise<string[]> {
  const options = { tempDir: await makeTempFolder(), layerCompression: "gzip", allowForeign: false } as const;
  await using source = await openArchive(input, options);
  const layers = source.images.flatMap((image) => image.layers);
  const blobs = await Promise.all(layers.map((layer) => layer.blob!()));
  return blobs.map(({ digest }) => digest);
}
