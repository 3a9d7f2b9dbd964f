import { createHash } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../src/oci/manifest.ts";
import { mediaTypes } from "../../src/oci/media-type.ts";
import { type Blob, blob, buildLayer, jsonBlob } from "../helpers/archives/built-image.ts";
import { dockerSave, type Json, LayoutBuilder } from "../helpers/archives/layout-builder.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { type CliResult, runCli } from "../helpers/processes/run-cli.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import * as faults from "../helpers/registries/registry-faults.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const baseSize = 400_000;

/** A base layer that does not compress. */
async function makeBase(seed: string): Promise<Blob> {
  const bytes = createHash("shake256", { outputLength: baseSize }).update(seed).digest();
  return blob(await new TarBuilder().file("usr/lib/base", bytes).build());
}

/** A list of two images, each over the base of its architecture. */
async function addList(layout: LayoutBuilder, words: Readonly<Record<string, string>>): Promise<Json> {
  const children = await Promise.all(
    Object.entries(words).map(async ([architecture, word]) => {
      const layers = [await makeBase(architecture), await buildLayer(word)];
      const listed = layers.map(({ bytes }) => layout.add(blob(gzipSync(bytes)), mediaTypes.oci.layerGzip));
      const manifest = layout.manifest(layout.config(architecture, layers), listed);
      return { ...manifest, platform: { os: "linux", architecture } };
    }),
  );
  return layout.index(children);
}

/** A registry outside that has both releases. */
async function startOutside(): Promise<TestRegistry> {
  const layout = new LayoutBuilder();
  layout.root(await addList(layout, { amd64: "one", arm64: "one" }), "outside.example/team/app:1.0");
  layout.root(await addList(layout, { amd64: "tool", arm64: "tool" }), "outside.example/team/tool:1.0");
  layout.root(await addList(layout, { amd64: "two", arm64: "one" }), "outside.example/team/app:1.1");
  layout.root(await addList(layout, { amd64: "new", arm64: "new" }), "outside.example/team/fresh:1.0");
  const path = join(await makeTempFolder(), "all.tar");
  await writeFile(path, await layout.tar().build());
  const registry = await startTestRegistry();
  await succeed(["--registry", registry.host, path]);
  return registry;
}

async function succeed(args: readonly string[]): Promise<CliResult> {
  const result = await runCli(args);
  expect([result.code, result.stderr]).toEqual([0, result.stderr]);
  return result;
}

const first = ["team/app:1.0", "team/tool:1.0"];
const second = ["team/app:1.1", "team/tool:1.0", "team/fresh:1.0"];

interface Month {
  readonly outside: TestRegistry;
  readonly site: TestRegistry;
  readonly folder: string;
  /** The archive of release 1, which the site has. */
  readonly whole: string;
}

/** Release 1 has been loaded. */
async function beginMonth(): Promise<Month & AsyncDisposable> {
  const [outside, site, folder] = await Promise.all([startOutside(), startTestRegistry(), makeTempFolder()]);
  const whole = join(folder, "release-1.tar");
  await succeed(["save", "--from", outside.host, "-o", whole, ...first]);
  await succeed(["--registry", site.host, whole]);
  return {
    outside,
    site,
    folder,
    whole,
    [Symbol.asyncDispose]: async () => void (await Promise.all([outside.stop(), site.stop()])),
  };
}

async function saveSince({ outside, folder }: Month, ...since: readonly string[]): Promise<string> {
  const path = join(folder, "release-2.tar");
  const options = since.flatMap((file) => ["--since", file]);
  const { stdout } = await succeed(["save", "--from", outside.host, ...options, "-o", path, ...second]);
  expect(stdout).toMatch(/layers left out \(\d/);
  return path;
}

async function takeInventory({ site, folder }: Month): Promise<string> {
  const path = join(folder, "site.inv");
  const { stdout } = await succeed(["inventory", site.host, "-o", path]);
  expect(stdout).toBe(`${path}: 6 names, 4 layers\n`);
  return path;
}

function writes(registry: TestRegistry, from: number): string[] {
  return registry.requests
    .slice(from)
    .flatMap(({ method, url }) => (/^(?:PUT|POST|PATCH)$/.test(method) ? [url] : []));
}

describe("a month: release 1 whole, release 2 as what is new", () => {
  test.each(["an inventory", "the archive of release 1"])("by %s", async (by) => {
    await using month = await beginMonth();
    const { site, outside, whole } = month;
    const path = await saveSince(month, by === "an inventory" ? await takeInventory(month) : whole);
    expect((await stat(path)).size).toBeLessThan(baseSize / 4);
    const { stderr } = await succeed(["--registry", site.host, path]);
    expect(stderr).toContain("not in the archive, which counts on them");
    for (const name of ["team/app:1.1", "team/fresh:1.0"]) {
      const [repository = "", tag = ""] = name.split(":");
      const published = (await site.readTag(repository, tag))?.descriptor.digest;
      expect(published).toBe((await outside.readTag(repository, tag))?.descriptor.digest);
    }
    const verified = await succeed(["verify", site.host, path]);
    expect(verified.stdout).toContain("0 failed");
    await succeed(["verify", site.host, whole]);
  });

  test("mounts what a new repository needs from where it is, and reads it where that cannot be", async () => {
    await using month = await beginMonth();
    const path = await saveSince(month, await takeInventory(month));
    const before = month.site.requests.length;
    await succeed(["--registry", month.site.host, path]);
    expect(
      writes(month.site, before).some((url) => url.includes("team/fresh") && url.includes("from=team")),
    ).toBe(true);
    await using other = await startTestRegistry({ faults: [faults.mountStatus(202)] });
    await succeed(["--registry", other.host, month.whole]);
    await succeed(["--registry", other.host, path]);
    expect((await succeed(["verify", other.host, path])).stdout).toContain("0 failed");
  });

  test("finds what it counts on under other names", async () => {
    await using month = await beginMonth();
    await using other = await startTestRegistry();
    const naming = ["--registry", other.host, "--prefix", "mirror"];
    await succeed([...naming, month.whole]);
    const path = await saveSince(month, month.whole);
    expect(await runCli([...naming, path])).toMatchObject({ code: 0 });
  });

  test("is refused before anything is sent where layers are missing, all of them named", async () => {
    await using month = await beginMonth();
    const path = await saveSince(month, await takeInventory(month));
    await using empty = await startTestRegistry();
    const { code, stderr } = await runCli(["--registry", empty.host, path]);
    expect([code, stderr]).toEqual([65, expect.stringContaining("[BASE_MISSING]")]);
    expect(stderr.match(/ - layer sha256:\w{64} of /g)).toHaveLength(8);
    expect(writes(empty, 0)).toEqual([]);
    expect(await runCli(["--registry", empty.host, "--dry-run", path])).toMatchObject({ code: 65 });
  });

  test("is refused where one layer is missing, which is named with the image that needs it", async () => {
    await using month = await beginMonth();
    const path = await saveSince(month, await takeInventory(month));
    await using other = await startTestRegistry();
    const list = join(month.folder, "list.txt");
    await writeFile(list, "team/app:1.0");
    await succeed(["--registry", other.host, "--image-list", list, month.whole]);
    const { layers } = (await month.site.readTag("team/tool", "1.0-amd64")) as Manifest;
    const before = other.requests.length;
    const { code, stderr } = await runCli(["--registry", other.host, path]);
    expect([code, stderr]).toEqual([65, expect.stringContaining("[BASE_MISSING]")]);
    const told = [...stderr.matchAll(/ - layer (\S+) of (.*)/g)].map(([, ...parts]) => parts);
    const digest = layers[1]?.digest;
    expect(told).toEqual([[digest, "team/tool:1.0"]]);
    expect(writes(other, before)).toEqual([]);
  });

  test("is foreseen by a dry run", async () => {
    await using month = await beginMonth();
    const options = ["--dry-run", "--since", month.whole, "-o", join(month.folder, "x.tar")];
    const { stdout } = await succeed(["save", "--from", month.outside.host, ...options, ...second]);
    expect(stdout).toMatch(/^# .*: 3 images, [\d.]+ k?B, 4 layers left out/);
  });

  test("is known again by the archive after it, which counts on the same", async () => {
    await using month = await beginMonth();
    const path = await saveSince(month, month.whole);
    const { stdout } = await succeed([
      "save",
      "--from",
      month.outside.host,
      "--since",
      path,
      "-o",
      `${path}.3`,
      ...second,
    ]);
    expect(stdout).toContain("6 layers left out");
    await succeed(["--registry", month.site.host, path]);
    await succeed(["--registry", month.site.host, `${path}.3`]);
  });

  test("is no archive for docker, and nothing to copy out of", async () => {
    await using month = await beginMonth();
    const path = join(month.folder, "amd64.tar");
    const choice = ["--platform", "linux/amd64", "--since", month.whole, "-o", path];
    await succeed(["save", "--from", month.outside.host, ...choice, "team/app:1.1"]);
    expect((await readFile(path)).includes("manifest.json")).toBe(false);
    const copied = await runCli(["copy", `oci-archive:${path}`, `oci:${month.folder}/copy:a/b:1`]);
    expect([copied.code, copied.stderr]).toEqual([
      65,
      expect.stringContaining("the archive is a difference"),
    ]);
  });
});

/** Docker's form, plain layers: the base is known by its diffID alone. */
async function writeDocker(folder: string, word: string): Promise<string> {
  const layers = [await makeBase("docker"), await buildLayer(word)];
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const config = jsonBlob({ architecture: "amd64", os: "linux", config: {}, rootfs });
  const path = join(folder, `${word}.tar`);
  await writeFile(path, await dockerSave([{ tags: ["team/app:1"], config, layers }]).build());
  return path;
}

async function copySince(path: string, inventory: string, to: string): Promise<CliResult> {
  return runCli(["copy", "--since", inventory, `docker-archive:${path}`, `oci-archive:${to}`]);
}

describe("an archive that somebody else made", () => {
  test("becomes a difference by the diffIDs of its layers, which are looked into where it is loaded", async () => {
    await using site = await startTestRegistry();
    const folder = await makeTempFolder();
    await succeed(["--registry", site.host, await writeDocker(folder, "one")]);
    const inventory = join(folder, "site.inv");
    await succeed(["inventory", site.host, "-o", inventory]);
    const difference = join(folder, "difference.tar");
    const copied = await copySince(await writeDocker(folder, "two"), inventory, difference);
    expect([copied.code, copied.stderr]).toEqual([0, expect.stringContaining("1 layer left out")]);
    expect((await stat(difference)).size).toBeLessThan(baseSize / 4);
    await succeed(["--registry", site.host, difference]);
    expect((await succeed(["verify", site.host, difference])).stdout).toContain("0 failed");
  });

  test("is refused where the layer is another one than the inventory says", async () => {
    await using site = await startTestRegistry();
    const folder = await makeTempFolder();
    await succeed(["--registry", site.host, await writeDocker(folder, "one")]);
    const inventory = join(folder, "site.inv");
    await succeed(["inventory", site.host, "-o", inventory]);
    const [base, own] = [await makeBase("docker"), await buildLayer("one")].map(({ digest }) => digest);
    const text = await readFile(inventory, "utf8");
    const lie = text.replaceAll(
      /"diffID":"(sha256:\w+)"/g,
      (_, diffID) => `"diffID":"${diffID === base ? own : base}"`,
    );
    await writeFile(inventory, lie);
    const difference = join(folder, "difference.tar");
    expect(await copySince(await writeDocker(folder, "two"), inventory, difference)).toMatchObject({
      code: 0,
    });
    const { code, stderr } = await runCli(["--registry", site.host, difference]);
    expect([code, stderr]).toEqual([65, expect.stringContaining("is another layer")]);
  });
});

describe("--since", () => {
  test.each([
    "{}",
    '{"airgapLoadInventory":2}',
    '{"airgapLoadInventory":1,"layers":[{"digest":"x"}]}',
    '{"airgapLoadInventory":1,"layers":{}}',
  ])("refuses %s", async (text) => {
    const path = join(await makeTempFolder(), "site.inv");
    await writeFile(path, text);
    const { code, stderr } = await runCli(["save", "--since", path, "-o", `${path}.tar`, "127.0.0.1:1/a:1"]);
    expect([code, stderr]).toEqual([78, expect.stringContaining("[INVENTORY_INVALID]")]);
  });
});

test("--since refuses an archive whose layers nobody knows by their digests", async () => {
  const path = join(await makeTempFolder(), "new.tar");
  const old = samplePath("docker20/images-arm.tar.gz");
  const { code, stderr } = await runCli(["save", "--since", old, "-o", path, "127.0.0.1:1/a:1"]);
  expect([code, stderr]).toEqual([78, expect.stringContaining("its images have no manifests")]);
});

test("an inventory holds no secret, and is the same every time", async () => {
  await using registry = await startOutside();
  const folder = await makeTempFolder();
  const take = async (name: string): Promise<string> => {
    const path = join(folder, name);
    const signIn = ["--plain-http", "--username", "me", "--password-env", "SITE_PASSWORD"];
    const env = { SITE_PASSWORD: "not-to-be-seen" };
    expect((await runCli(["inventory", registry.host, ...signIn, "-o", path], { env })).code).toBe(0);
    return readFile(path, "utf8");
  };
  const [one, two] = [await take("one.inv"), await take("two.inv")];
  expect(one).toBe(two);
  expect(one).not.toContain("not-to-be-seen");
  expect(Object.keys(JSON.parse(one) as object)).toEqual(["airgapLoadInventory", "names", "layers"]);
});

test.each([
  ["of a newer version", { version: 2, layers: [] }, "ARCHIVE_UNSUPPORTED"],
  ["without digests", { version: 1, layers: [{}] }, "JSON_INVALID"],
  ["with a path for a digest", { version: 1, layers: [{ digest: "../x", size: 1 }] }, "DIGEST_INVALID"],
])("a marker %s is refused", async (_, marker, code) => {
  const layout = new LayoutBuilder();
  const tar = layout
    .root(await layout.image("x"), "a.example/b:1")
    .tar()
    .json("airgap-load.since.json", marker);
  const path = join(await makeTempFolder(), "x.tar");
  await writeFile(path, await tar.build());
  const { code: exit, stderr } = await runCli(["--dry-run", "--offline", path]);
  expect([exit, stderr]).toEqual([65, expect.stringContaining(`[${code}]`)]);
});
