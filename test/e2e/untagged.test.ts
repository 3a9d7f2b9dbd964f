import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestHex, type Digest, digestOf } from "../../src/oci/digest.ts";
import {
  buildIndex,
  buildManifest,
  type ImageIndex,
  type Manifest,
  parseManifest,
} from "../../src/oci/manifest.ts";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { type CliResult, runCli } from "../helpers/processes/run-cli.ts";
import { fetchDigest, fetchManifest } from "../helpers/registries/fetch-bytes.ts";
import { pushBlobRaw, pushManifestRaw } from "../helpers/registries/push-raw.ts";
import { send } from "../helpers/registries/send.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const app = "sha256:4e1ee8f927390a4e8af03b6763a3129ab172207e4684b8e9ae0f87dce70f2d17" as Digest;

let source: TestRegistry;
let target: TestRegistry;
beforeEach(async () => {
  source = await startTestRegistry();
  target = await startTestRegistry();
});
afterEach(async () => {
  await source.stop();
  await target.stop();
});

async function run(...args: readonly string[]): Promise<CliResult> {
  const result = await runCli(args);
  if (result.code !== 0) throw new Error(`${args.join(" ")}: ${JSON.stringify(result)}`);
  return result;
}

async function listReferrers(host: string, repository: string, subject: Digest): Promise<readonly Digest[]> {
  const answer = await fetch(`http://${host}/v2/${repository}/referrers/${subject}`);
  const index = parseManifest(new Uint8Array(await answer.arrayBuffer()), "referrers");
  return index.kind === "index" ? index.manifests.map(({ digest }) => digest).sort() : [];
}

const content = { config: "{}", layer: "an SBOM" };

/** A manifest of one file, about an image or about nothing. */
function describeFile(subject?: Digest, size = 0): Manifest | ImageIndex {
  const [config, layer] = [content.config, content.layer].map((text) => {
    const mediaType = text === "{}" ? "application/vnd.oci.empty.v1+json" : "application/spdx+json";
    return { mediaType, digest: digestOf(text), size: text.length };
  });
  if (!config || !layer) throw new Error("unreachable");
  const plain = buildManifest("oci", config, [layer]);
  return subject ? withSubject(plain.bytes, subject, size) : plain;
}

function withSubject(bytes: Uint8Array, digest: Digest, size: number): Manifest | ImageIndex {
  const subject = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size };
  const text = JSON.stringify({ ...JSON.parse(Buffer.from(bytes).toString()), subject });
  return parseManifest(Buffer.from(text), "with subject");
}

/** Gives the source an image with an index of one file as its referrer; gives the digests of both. */
async function attachIndex(): Promise<{ readonly index: Digest; readonly part: Digest }> {
  await run("--registry", source.host, "-q", await unpackBundle("ctr-1.6.20-export/all.tar"));
  const { url } = source;
  for (const text of Object.values(content)) await pushBlobRaw(url, "library/app", text);
  const part = describeFile();
  await pushManifestRaw(url, "library/app", part.descriptor.digest, part);
  const size = (await fetchManifest(source.host, "library/app", app)).length;
  const index = withSubject(buildIndex("oci", [part.descriptor]).bytes, app, size);
  const answer = await pushManifestRaw(url, "library/app", index.descriptor.digest, index);
  expect(answer.status).toBe(201);
  return { index: index.descriptor.digest, part: part.descriptor.digest };
}

test("an index that refers to an image is saved, loaded, and missed by verify with each of its manifests", async () => {
  const { index, part } = await attachIndex();
  const archive = join(await makeTempFolder(), "app.tar");
  await run("save", "-q", "--referrers", "--from", source.host, "-o", archive, "app:1.0");
  await run("--registry", target.host, "-q", "--strict", archive);

  expect(await listReferrers(target.host, "library/app", app)).toEqual([index]);
  for (const digest of [index, part]) {
    const bytes = await fetchManifest(target.host, "library/app", digest);
    expect(bytes).toEqual(await fetchManifest(source.host, "library/app", digest));
    expect((await run("verify", target.host, "-q", archive)).stdout).toMatch(/\b0 failed/);
    await send("DELETE", `${target.url}/v2/library/app/manifests/${digest}`);
    expect((await runCli(["verify", target.host, "-q", archive])).code).toBe(1);
    await run("--registry", target.host, "-q", archive);
  }
});

test("a folder of ours gives what it has under no tag: referrers, and what is called by its digest", async () => {
  const { index } = await attachIndex();
  const folder = join(await makeTempFolder(), "images");
  const pin = `docker://${source.host}/library/app@${app}`;
  await run("copy", "-q", "--referrers", pin, `oci:${folder}:library/app:1.0`);
  const archive = join(await makeTempFolder(), "dock.tar");
  const dock = await fetchDigest(source.host, "rancher/dock:v3");
  await run("save", "-q", "--from", source.host, "-o", archive, `rancher/dock@${dock}`);
  await run("--to", folder, "-q", archive);

  await run("--registry", target.host, "-q", "--strict", folder);
  expect(await listReferrers(target.host, "library/app", app)).toEqual([index]);
  expect(await fetchManifest(target.host, "rancher/dock", `${dock}`)).toEqual(
    await fetchManifest(source.host, "rancher/dock", `${dock}`),
  );
  const again = await run("--registry", target.host, "-q", folder);
  expect(again.stdout).toContain("0 new, 3 unchanged");
});

test("a registry's storage gives what it has under no tag, and leaves lists of referrers that were replaced", async () => {
  const tree = await unpackBundle("registry-trees/docker-registry-2.8");
  const root = join(tree, "docker/registry/v2");
  const put = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  };
  const keep = async (bytes: Uint8Array | string): Promise<Digest> => {
    const digest = digestOf(bytes);
    const hex = digestHex(digest);
    await put(`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, bytes);
    return digest;
  };
  const own = async (bytes: Uint8Array): Promise<Digest> => {
    const digest = await keep(bytes);
    const link = `repositories/library/app/_manifests/revisions/sha256/${digestHex(digest)}/link`;
    await put(link, digest);
    return digest;
  };
  for (const text of Object.values(content)) await keep(text);
  const referrer = describeFile(app, 1);
  await own(referrer.bytes);
  await own(buildIndex("oci", [referrer.descriptor]).bytes);
  const artifact = await own(describeFile().bytes);

  const { stdout } = await run("--registry", target.host, "-q", "--strict", "-l", await listFile(), tree);
  expect(stdout).toContain("2 new");
  await run("--registry", target.host, "-q", tree);
  expect(await listReferrers(target.host, "library/app", app)).toEqual([referrer.descriptor.digest]);
  expect(await fetchManifest(target.host, "library/app", artifact)).toEqual(
    Buffer.from(describeFile().bytes),
  );
  expect((await run("verify", target.host, "-q", tree)).stdout).toMatch(/\b0 failed/);
});

async function listFile(): Promise<string> {
  const path = join(await makeTempFolder(), "images.txt");
  await writeFile(path, "app:1.0\n");
  return path;
}
