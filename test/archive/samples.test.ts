import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/open-archive.ts";
import { readLayerRows } from "../../src/content/layer-contents.ts";
import type { ImageSource, SourceImage } from "../../src/content/image-source.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import { expectedImages, sampleNames, samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const options = { layerCompression: "gzip", allowForeign: false } as const;
/** One byte of a layer is flipped there. */
const damaged = "derived/flipped-layer-byte.tar.gz";
const whole = sampleNames.filter((name) => name !== damaged);

function summarize({ names, config, layers }: SourceImage): unknown {
  const rows = layers.flatMap(({ contents }) => [...readLayerRows(contents)]);
  const binaries = rows.flatMap((row) => (row.kind === "binary" ? row.architecture : []));
  return {
    names,
    config: config.digest,
    claimed: formatPlatform(config.platform),
    diffIDs: layers.map(({ diffID }) => diffID),
    elf: binaries.reduce<Record<string, number>>(
      (elf, architecture) => ({ ...elf, [architecture]: (elf[architecture] ?? 0) + 1 }),
      {},
    ),
    layersCompressed: layers.map(({ stored }) => stored?.compression !== "none"),
  };
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function checkBlobs(source: ImageSource): Promise<void> {
  for (const { blob, diffID } of source.images.flatMap(({ layers }) => layers)) {
    if (!blob) throw new Error(`layer ${diffID} cannot be pushed`);
    const form = await blob();
    const bytes = await readAll(form.open());
    expect([digestOf(bytes), bytes.length]).toEqual([form.digest, form.size]);
  }
}

describe.each(whole)("%s", (name) => {
  test("holds what another program found in it", async () => {
    await using source = await openArchive({ path: samplePath(name) }, options);
    const expected = expectedImages(name).map(
      ({ names, config, claimed, diffIDs, elf, layersCompressed }) => ({
        names,
        config,
        claimed,
        diffIDs,
        elf,
        layersCompressed,
      }),
    );
    expect(source.images.map(summarize)).toEqual(expect.arrayContaining(expected));
    expect(source.images).toHaveLength(expected.length);
    expect(source.notices).toEqual([]);
  });

  test("gives its layers' bytes with the digest and size it tells, and leaves no temp file", async () => {
    const tempDir = await makeTempFolder();
    const source = await openArchive({ path: samplePath(name) }, { ...options, tempDir });
    await checkBlobs(source);
    for (const image of source.images) await source.release(image);
    await source[Symbol.asyncDispose]();
    expect(await readdir(tempDir)).toEqual([]);
  });

  test("comes out of standard input the same", async () => {
    const tempDir = await makeTempFolder();
    await using fromFile = await openArchive({ path: samplePath(name) }, options);
    const source = await openArchive({ stdin: createReadStream(samplePath(name)) }, { ...options, tempDir });
    expect(source.images.map(summarize)).toEqual(fromFile.images.map(summarize));
    expect(source.facts).toEqual(fromFile.facts);
    await checkBlobs(source);
    await source[Symbol.asyncDispose]();
    expect(await readdir(tempDir)).toEqual([]);
  });
});

test.each(whole.filter((name) => /containerd|crane/.test(name)))(
  "%s: compressed layers go up as they are",
  async (name) => {
    await using source = await openArchive({ path: samplePath(name) }, options);
    for (const { layers, manifest } of source.images) {
      const blobs = await Promise.all(layers.flatMap(({ blob }) => (blob ? [blob()] : [])));
      expect(blobs.map(({ compression }) => compression)).toEqual(layers.map(() => "gzip"));
      if (manifest === undefined) continue;
      expect(blobs.map(({ digest }) => digest)).toEqual(manifest.layers.map(({ digest }) => digest));
    }
  },
);

test.each(whole.filter((name) => /containerd/.test(name)))(
  "%s: images keep their own manifests",
  async (name) => {
    await using source = await openArchive({ path: samplePath(name) }, options);
    const manifests = source.images.map(
      ({ config, manifest }) => `${config.digest} ${manifest?.descriptor.digest}`,
    );
    const expected = expectedImages(name).map(({ config, manifest }) => `${config} ${manifest}`);
    expect(new Set(manifests)).toEqual(new Set(expected));
    for (const { manifest } of source.images) {
      expect(digestOf(manifest?.bytes ?? "")).toBe(manifest?.descriptor.digest);
    }
  },
);

test.each(whole.filter((name) => !/containerd/.test(name)))(
  "%s: images have no manifest of their own",
  async (name) => {
    await using source = await openArchive({ path: samplePath(name) }, options);
    expect(source.images.every(({ manifest }) => manifest === undefined)).toBe(true);
  },
);

test.each([
  ["k3s8/docker26-containerd/k3s-airgap-images-arm.tar.gz", true, 1],
  ["containerd/images-arm.tar", false, 0],
])("%s: its nested indexes are complete: %s", async (name, complete, attestations) => {
  await using source = await openArchive({ path: samplePath(name) }, options);
  const indexes = source.images.map(({ index }) => [index?.complete, index?.attestations.length]);
  expect(indexes).toEqual(source.images.map(() => [complete, attestations]));
  for (const { blobs } of source.images.flatMap(({ index }) => index?.attestations ?? [])) {
    for (const { descriptor, open } of blobs) expect(digestOf(await readAll(open()))).toBe(descriptor.digest);
  }
});

test.each([
  ["k3s8/docker20/k3s-airgap-images-arm.tar.gz", "Docker 1.10-24"],
  ["by-id/untagged-arm.tar.gz", "Docker 1.10-24"],
  ["k3s8/docker26/k3s-airgap-images-arm.tar.gz", "Docker 25-28"],
  ["derived/rke2-order-docker26.tar.gz", "Docker 25-28"],
  ["containerd/images-arm.tar", "containerd: Docker's containerd image store, ctr or nerdctl"],
  ["crane/klipper-lb-arm.tar", "crane, kaniko or ko"],
])("%s was written by %s", async (name, writer) => {
  await using source = await openArchive({ path: samplePath(name) }, options);
  expect(source.facts.writer).toBe(writer);
});

test("a flipped byte is found, with the entry, its digest and the expected one", async () => {
  const tempDir = await makeTempFolder();
  const source = await openArchive({ path: samplePath(damaged) }, { ...options, tempDir });
  expect(source.faults[0]?.isDamage).toBe(true);
  expect(source.faults[0]?.error).toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(
      /^Cannot read archive ".*flipped-layer-byte.tar.gz": cannot read (?:layer|blob) "blobs\/sha256\/[0-9a-f]{64}".*: it holds sha256:[0-9a-f]{64}/,
    ) as string,
  });
  await source[Symbol.asyncDispose]();
  expect(await readdir(tempDir)).toEqual([]);
});
