import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** The lines of standard error that tell something odd, and for each how many images are named below it. */
async function countTold(...args: readonly string[]): Promise<(readonly [string, number])[]> {
  const { code, stderr } = await runCli(args);
  expect([args.join(" "), code, stderr]).toEqual([args.join(" "), 0, stderr]);
  const told = stderr.split(/\n(?! )/).filter((text) => /^(?:warning|note): /.test(text));
  const ofImages = told.filter((text) => !text.includes("does not speak https"));
  return ofImages.map((text) => {
    const [head = "", ...names] = text.trimEnd().split("\n");
    return [head, names.length] as const;
  });
}

describe("what holds for many images is said once, with their names", () => {
  const list = ["--image-list", samplePath("k3s8/k3s-images.txt")];
  let registry: TestRegistry;

  beforeAll(async () => {
    registry = await startTestRegistry();
    await runCli(["--registry", registry.host, ...k3sFlags("docker20", ["amd64", "arm64"])]);
  });
  afterAll(() => registry.stop());

  test("save, of platforms that are missing and of media types that not everyone reads", async () => {
    const file = join(await makeTempFolder(), "saved.tar");
    const platforms = ["--allow-missing", "--platform", "linux/amd64,linux/arm64,linux/s390x"];
    expect(await countTold("save", "-o", file, "--from", registry.host, ...platforms, ...list)).toEqual([
      ["warning: 8 images: lacks linux/s390x, has linux/amd64, linux/arm64", 8],
      [expect.stringMatching(/^warning: 8 images: keeps its digest, and with it Docker's media types/), 8],
    ]);
  });

  test("save, of images that are left out", async () => {
    const file = join(await makeTempFolder(), "{arch}.tar");
    const none = ["--allow-missing", "--platform", "linux/amd64,linux/s390x"];
    const { stderr } = await runCli(["save", "-o", file, "--from", registry.host, ...none, ...list]);
    expect(stderr).toContain("warning: 8 images: left out: it has linux/amd64, linux/arm64\n  docker.io/");
  });

  test("sync, of platforms that are missing and of conversions", async () => {
    const some = ["--allow-missing", "--platform", "linux/arm64,linux/s390x", "--format", "oci"];
    const places = ["--from", registry.host, "--to", `${registry.host}/copy`];
    expect(await countTold("sync", ...places, ...some, ...list)).toEqual([
      ["warning: 8 images: lacks linux/s390x, has linux/amd64, linux/arm64", 8],
      ["note: 8 images: converted to OCI's media types (--format oci)", 8],
    ]);
  });

  test("names of a list that are not there are told with the file and the line, by every command", async () => {
    const folder = await makeTempFolder();
    const path = join(folder, "list.txt");
    await writeFile(path, "# what a site needs\nrancher/pasue:3.1\n\nrancher/pause:3.2\n");
    const { host } = registry;
    const wanted = ["--image-list", path];
    const lines = [
      ["save", "-o", join(folder, "saved.tar"), "--from", host, ...wanted],
      ["sync", "--from", host, "--to", `${host}/copy`, ...wanted],
      ["verify", host, ...wanted],
      ["--registry", host, ...wanted, ...k3sFlags("docker20", ["arm64"])],
    ];
    for (const args of lines) {
      const { code, stdout, stderr } = await runCli(args);
      const told = stdout + stderr;
      expect([args[0], code]).not.toEqual([args[0], 0]);
      for (const [name, line] of [
        ["pasue:3.1", 2],
        ["pause:3.2", 4],
      ] as const) {
        const place = new RegExp(`${name}.*\\(${path} line ${line}\\)`);
        expect([args[0], told]).toEqual([args[0], expect.stringMatching(place)]);
      }
    }
  });

  test("a load, of what becomes of the lists that are there", async () => {
    const into = ["--registry", registry.host, "--on-existing", "replace"];
    const told = await countTold(...into, ...k3sFlags("docker20", ["arm64"]));
    expect(told).toContainEqual([
      expect.stringMatching(/^warning: 8 images: removed: linux\/amd64 of the list in the registry/),
      k3sNames.length,
    ]);
    expect(told.filter(([head]) => !/^(?:warning|note): \d+ images: /.test(head))).toEqual([]);
  });
});
