import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchDigest, fetchTags } from "../helpers/registries/fetch-bytes.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { startRecordingProxy } from "../helpers/registries/recording-proxy.ts";
import { anyRegistry, type RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const whole = "k3s8/docker20/k3s-airgap-images-arm64.tar.gz";

const damages: { title: string; source: string; damage: (bytes: Buffer) => Buffer }[] = [
  { title: "gzip that ends half way", source: whole, damage: cutHalf },
  { title: "gzip that lacks its last byte", source: whole, damage: (bytes) => bytes.subarray(0, -1) },
  { title: "gzip with one flipped bit", source: whole, damage: (bytes) => flip(bytes, bytes.length >> 1) },
  {
    title: "tar with one flipped bit in a layer",
    source: whole,
    damage: (bytes) => flipBinary(gunzipSync(bytes)),
  },
  {
    title: "sound gzip around a tar with one flipped bit in a layer",
    source: whole,
    damage: (bytes) => gzipSync(flipBinary(gunzipSync(bytes))),
  },
  { title: "tar that ends half way", source: whole, damage: (bytes) => cutHalf(gunzipSync(bytes)) },
  { title: "zstd that ends half way", source: "derived/long25.tar.zst", damage: cutHalf },
  {
    title: "archive of compressed layers with one flipped bit in a layer",
    source: "k3s8/docker26-containerd/k3s-airgap-images-arm64.tar.gz",
    damage: (bytes) => gzipSync(flipInnerGzip(gunzipSync(bytes))),
  },
];

describe(`damaged archives against ${anyRegistry.title}`, () => {
  let registry: RunningRegistry;
  beforeEach(async () => {
    registry = await anyRegistry.start();
  });
  afterEach(() => registry.stop());

  test("says which layer of the archive has other bytes than it should, and what they are", async () => {
    const archive = samplePath("derived/flipped-layer-byte.tar.gz");
    const { code, stderr } = await runCli(["--registry", registry.host, "--arm64", archive]);
    expect(code).toBe(65);
    const [found, wanted] = await findFlippedLayer(archive);
    expect(stderr).toContain(wanted);
    expect(stderr).toContain(found);
    expect(stderr).toContain("flipped-layer-byte.tar.gz");
  });

  describe.each(damages)("$title", ({ source, damage }) => {
    test("is told by exit code 65, and no manifest is sent for any archive of the run", async () => {
      const proxy = await startRecordingProxy(registry.host);
      const damaged = await damagedCopy(source, damage);
      const { code } = await runCli([
        "--registry",
        proxy.host,
        ...k3sFlags("docker20", ["amd64"]),
        "--arm64",
        damaged,
      ]);
      await proxy.stop();
      expect(code).toBe(65);
      expect(
        proxy.requests.filter(({ method, path }) => method === "PUT" && path.includes("/manifests/")),
      ).toEqual([]);
    });

    test("leaves tags that are there as they are", async () => {
      await runCli(["--registry", registry.host, ...k3sFlags("docker26")]);
      const before = await readTags(registry.host);
      const { code } = await runCli([
        "--registry",
        registry.host,
        "--arm64",
        await damagedCopy(source, damage),
      ]);
      expect(code).toBe(65);
      expect(await readTags(registry.host)).toEqual(before);
    });
  });
});

async function damagedCopy(source: string, damage: (bytes: Buffer) => Buffer): Promise<string> {
  const path = join(await makeTempFolder(), "damaged");
  await writeFile(path, damage(await readFile(samplePath(source))));
  return path;
}

async function readTags(host: string): Promise<unknown> {
  return Promise.all(
    k3sNames.map(async (name) => {
      const [repository = ""] = name.split(":");
      const tags = await fetchTags(host, repository);
      return Promise.all(tags.map(async (tag) => [tag, await fetchDigest(host, `${repository}:${tag}`)]));
    }),
  );
}

function cutHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length >> 1);
}

function flip(bytes: Buffer, offset: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(offset) ^ 1, offset);
  return copy;
}

function flipBinary(tar: Buffer): Buffer {
  return flip(tar, tar.indexOf("\u007fELF", 0, "latin1") + 200);
}

function flipInnerGzip(tar: Buffer): Buffer {
  return flip(tar, tar.indexOf(Buffer.of(0x1f, 0x8b, 8)) + 100);
}

/** The digest of the one blob of an archive that is not what its name says, and the digest in its name, both in hex. */
async function findFlippedLayer(archive: string): Promise<readonly [found: string, wanted: string]> {
  const entries = extract();
  entries.end(gunzipSync(await readFile(archive)));
  for await (const entry of entries) {
    const found = createHash("sha256")
      .update(await buffer(entry))
      .digest("hex");
    const wanted = /^blobs\/sha256\/(\w+)$/.exec(entry.header.name)?.[1] ?? found;
    if (found !== wanted) return [found, wanted];
  }
  throw new Error(`No blob of ${archive} is damaged`);
}
