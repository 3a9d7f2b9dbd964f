import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import type { RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { expectedImages, samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

interface NamedDescriptor {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const archives = [
  { file: "derived/long25.tar.zst", arch: "arm64", platform: "linux/arm64" },
  { file: "derived/two-frames.tar.zst", arch: "arm64", platform: "linux/arm64" },
  { file: "derived/rke2-order-docker26.tar.gz", arch: "arm64", platform: "linux/arm64" },
  { file: "docker20/images-arm.tar.gz", arch: "arm", platform: "linux/arm/v7" },
  { file: "containerd/images-arm.tar", arch: "arm", platform: "linux/arm/v7" },
  { file: "crane/klipper-lb-arm.tar", arch: "arm", platform: "linux/arm/v7" },
  { file: "k3s8/docker26-containerd/k3s-airgap-images-arm.tar.gz", arch: "arm", platform: "linux/arm/v7" },
] as const;

describeRegistries("archives of every form", (start) => {
  let registry: RunningRegistry;
  beforeEach(async () => {
    registry = await start();
  });
  afterEach(() => registry.stop());

  test.each(archives)("loads $file from a file", async ({ file, arch, platform }) => {
    const { code } = await runCli(["--registry", registry.host, `--${arch}`, samplePath(file)]);
    expect(code).toBe(0);
    expect(await judgeAll(registry.host, file)).toEqual(wantedImages(file, arch, platform));
  });

  test.each(archives)("loads $file from standard input", async ({ file, arch, platform }) => {
    const input = createReadStream(samplePath(file));
    const { code } = await runCli(["--registry", registry.host, `--${arch}`, "-"], { input });
    expect(code).toBe(0);
    expect(await judgeAll(registry.host, file)).toEqual(wantedImages(file, arch, platform));
  });

  test("loads a plain tar, whatever its name says", async () => {
    const file = "k3s8/docker20/k3s-airgap-images-arm.tar.gz";
    const path = join(await makeTempFolder(), "images.tar.gz");
    await writeFile(path, gunzipSync(await readFile(samplePath(file))));
    const { code } = await runCli(["--registry", registry.host, "--arm", path]);
    expect(code).toBe(0);
    expect(await judgeAll(registry.host, file)).toEqual(wantedImages(file, "arm", "linux/arm/v7"));
  });

  test("takes the platforms of archives without a flag from their content", async () => {
    const file = "docker20/images-arm.tar.gz";
    const { code } = await runCli(["--registry", registry.host, samplePath(file)]);
    expect(code).toBe(0);
    expect(await judgeAll(registry.host, file)).toEqual(wantedImages(file, "arm", "linux/arm/v7"));
  });

  test("publishes an index that is whole byte for byte, attestations included", async () => {
    const archive = samplePath("k3s8/docker26-containerd/k3s-airgap-images-arm.tar.gz");
    const { code } = await runCli(["--registry", registry.host, "--arm", archive]);
    expect(code).toBe(0);
    const { digest, images } = await judgeList(`${registry.host}/rancher/klipper-lb:v0.3.4`);
    expect(digest).toBe(await findIndexDigest(archive, "docker.io/rancher/klipper-lb:v0.3.4"));
    expect(images.map(({ platform }) => platform)).toEqual(["linux/arm/v7", "unknown/unknown"]);
  });

  test("names an image that was saved by its ID", async () => {
    const file = "by-id/untagged-arm.tar.gz";
    const [image] = expectedImages(file);
    const id = image?.config.slice("sha256:".length) ?? "";
    const naming = ["--name", `${id}=acme/pause:3.1`];
    const { code } = await runCli(["--registry", registry.host, "--arm", samplePath(file), ...naming]);
    expect(code).toBe(0);
    const { images } = await judgeList(`${registry.host}/acme/pause:3.1`);
    expect(images).toMatchObject([{ platform: "linux/arm/v7", config: image?.config, machines: ["arm"] }]);
  });

  test("skips an image without a name, with a warning that shows how to name it", async () => {
    const { code, stderr } = await runCli([
      "--registry",
      registry.host,
      "--arm",
      samplePath("by-id/untagged-arm.tar.gz"),
      "--arm",
      samplePath("crane/klipper-lb-arm.tar"),
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/9c675dafb86e.*--name/s);
  });
});

async function judgeAll(host: string, file: string): Promise<unknown> {
  const names = expectedImages(file).flatMap((image) => image.names.map(targetName));
  const lists = await Promise.all(names.map((name) => judgeList(`${host}/${name}`)));
  return lists.map(({ images }, at) => ({
    name: names[at],
    images: images
      .filter(({ platform }) => platform !== "unknown/unknown")
      .map(({ platform, machines, diffIDs }) => ({ platform, machines, diffIDs })),
  }));
}

function wantedImages(file: string, arch: string, platform: string): unknown {
  return expectedImages(file).flatMap(({ names, diffIDs }) =>
    names.map((name) => ({ name: targetName(name), images: [{ platform, machines: [arch], diffIDs }] })),
  );
}

async function findIndexDigest(archive: string, name: string): Promise<string | undefined> {
  const entries = extract();
  entries.end(gunzipSync(await readFile(archive)));
  for await (const entry of entries) {
    const bytes = await buffer(entry);
    if (entry.header.name !== "index.json") continue;
    const { manifests } = JSON.parse(bytes.toString()) as { manifests: NamedDescriptor[] };
    return manifests.find(({ annotations }) => annotations["io.containerd.image.name"] === name)?.digest;
  }
  return undefined;
}

/** Where decision 12 puts a name: without its registry's host, and under library/ where docker means that. */
function targetName(name: string): string {
  const [first = "", ...rest] = name.split("/");
  if (rest.length === 0) return `library/${name}`;
  return /[.:]/.test(first) ? rest.join("/") : name;
}
