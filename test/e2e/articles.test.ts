import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { missingSkopeo } from "../helpers/judges/skopeo.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { pushImage, pushList } from "../helpers/registries/push-by-hand.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** The command lines of the articles this program began with, their registries replaced by one here. */
let registry: TestRegistry;
const machines = { amd64: 62, arm64: 183, s390x: 22, ppc64le: 21 } as const;

beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry.stop());

async function push(name: string, claimed: keyof typeof machines): ReturnType<typeof pushImage> {
  return pushImage(registry.host, name, { family: "docker", machine: machines[claimed], claimed });
}

async function run(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(words);
  if (code !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** `skopeo inspect` as a machine for arm64 has it. */
function skopeo(...words: readonly string[]): Promise<string> {
  const choice = ["--override-os", "linux", "--override-arch", "arm64"];
  return runProgram("skopeo", ...choice, "inspect", "--tls-verify=false", ...words);
}

/** `manifest` with a state of its own; HOST stands for the registry. */
async function startManifest(): Promise<(line: string) => Promise<string>> {
  const env = { XDG_STATE_HOME: await makeTempFolder() };
  return async (line) => {
    const words = line.replaceAll("HOST", registry.host).split(/\s+/);
    const { code, stdout, stderr } = await runCli(["manifest", ...words], { env });
    if (code !== 0) throw new Error(`manifest ${line}: ${stderr}`);
    return stdout;
  };
}

describe("building multi-arch images, on Harbor 2.0", () => {
  const architectures = ["s390x", "ppc64le", "amd64", "arm64"] as const;
  const names = { s390x: "s390x", ppc64le: "ppc64le", amd64: "amd64", arm64: "aarch64" } as const;

  beforeAll(async () => {
    for (const architecture of architectures) {
      await push(`timi/${names[architecture]}_alpine:0.0.1`, architecture);
      await push(`arch/${names[architecture]}_alpine:latest`, architecture);
    }
  });

  test("docker manifest create, push and inspect of images of other repositories", async () => {
    const manifest = await startManifest();
    const list = "HOST/timi/alpine:0.0.1";
    const images = architectures.map((word) => `HOST/timi/${names[word]}_alpine:0.0.1`).join(" ");
    expect(await manifest(`create ${list} ${images}`)).toBe(
      `Created manifest list ${registry.host}/timi/alpine:0.0.1\n`,
    );
    expect(await manifest(`push ${list}`)).toMatch(
      /^(Pushed ref .* with digest: sha256:.*\n){4}sha256:\w+\n$/,
    );
    const { manifests } = JSON.parse(await manifest(`inspect ${list}`)) as {
      manifests: readonly { platform: { architecture: string } }[];
    };
    expect(manifests.map(({ platform }) => platform.architecture).sort()).toEqual([...architectures].sort());
  });

  test("manifest-tool --debug push from-spec test-registry.yaml", async () => {
    const spec = join(await makeTempFolder(), "test-registry.yaml");
    const items = architectures.map((word) => {
      const variant = word === "arm64" ? "\n      variant: v8" : "";
      return `  -\n    image: HOST/arch/${names[word]}_alpine:latest\n    platform:\n      architecture: ${word}\n      os: linux${variant}\n`;
    });
    const text = `image: HOST/arch/alpine:latest\nmanifests:\n${items.join("")}`;
    await writeFile(spec, text.replaceAll("HOST", registry.host));
    expect(await run("push-spec", spec)).toMatch(/^Digest: sha256:\w+ \d+$/m);
    const { images } = await judgeList(`${registry.host}/arch/alpine:latest`);
    expect(images.map(({ platform }) => platform)).toContain("linux/arm64/v8");
  });
});

describe("docker buildx imagetools inspect", () => {
  beforeAll(async () => {
    const amd64 = await push("moby/buildkit:amd64", "amd64");
    const s390x = await push("moby/buildkit:s390x", "s390x");
    await pushList(registry.host, "moby/buildkit:master", "docker", [amd64, s390x]);
  });

  test.each([
    [[], /^Name:\s+NAME\nMediaType: .*list.v2\+json\nDigest:\s+sha256:\w+\n\nManifests:/],
    [["--format", "{{.Name}}"], /^NAME\n$/],
    [["--format", "{{.Manifest}}"], /^Name:\s+NAME\n.*Platform:\s+linux\/s390x/s],
    [["--format", "{{json .Manifest}}"], /"manifests":\s*\[/],
    [["--format", "{{json .}}"], /"name":\s*"NAME".*"image":\s*\{/s],
    [["--format", '{{json (index .Image "linux/s390x")}}'], /"architecture":\s*"s390x"/],
    [["--raw"], /^\{"schemaVersion":2/],
    [["--builder", "mybuilder"], /^Name:/],
  ])("%j", async (words, prints) => {
    const name = `${registry.host}/moby/buildkit:master`;
    expect((await run("inspect", ...words, name)).replaceAll(name, "NAME")).toMatch(prints);
  });
});

describe("building for several platforms with docker manifest", () => {
  test("create, push, inspect, inspect -v, annotate --os-version, rm", async () => {
    await push("jianghushinian/echo-platform-arm64:latest", "arm64");
    await push("jianghushinian/echo-platform-amd64:latest", "amd64");
    const manifest = await startManifest();
    const list = "HOST/jianghushinian/echo-platform";
    await manifest(`create ${list} ${list}-arm64 ${list}-amd64`);
    expect(await manifest(`push ${list}`)).toContain("Pushed ref");
    expect(await manifest(`inspect ${list}`)).toContain('"architecture": "arm64"');
    expect(await manifest(`inspect -v ${list}`)).toContain('"SchemaV2Manifest"');
    await manifest(`annotate --os-version macOS ${list} ${list}-arm64`);
    expect(await manifest(`inspect ${list}`)).toContain('"os.version": "macOS"');
    await manifest(`rm ${list}`);
    expect(await manifest(`inspect ${list}`)).not.toContain("os.version");
  });

  test("create, annotate --os linux --arch, push --insecure, of tags of one repository", async () => {
    const list = "HOST/test/gcc_common_run:v1";
    const manifest = await startManifest();
    const suffixes = { arm64: "-arm64-20210624", amd64: "-amd64-20210624" } as const;
    await push("test/gcc_common_run:v1-arm64-20210624", "arm64");
    await push("test/gcc_common_run:v1-amd64-20210624", "amd64");
    await manifest(`create ${list} ${list}${suffixes.arm64} ${list}${suffixes.amd64}`);
    for (const [word, suffix] of Object.entries(suffixes)) {
      await manifest(`annotate ${list} ${list}${suffix} --os linux --arch ${word}`);
    }
    await manifest(`push ${list} --insecure`);
    const { images } = await judgeList(list.replace("HOST", registry.host));
    expect(images.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
  });
});

describe("saving and syncing multi-arch images", () => {
  beforeAll(async () => {
    const amd64 = await push("multi-arch-samples/myimage:amd64", "amd64");
    const arm64 = await push("multi-arch-samples/myimage:arm64", "arm64");
    await pushList(registry.host, "multi-arch-samples/myimage:all", "docker", [amd64, arm64]);
  });

  test("create --insecure, push --purge --insecure, as the loading script has them", async () => {
    const list = "HOST/multi-arch-samples/myimage:multi";
    const manifest = await startManifest();
    const [arm64, amd64] = ["arm64", "amd64"].map((tag) => list.replace(/multi$/, tag));
    await manifest(`create ${list} ${arm64} ${amd64} --insecure`);
    await manifest(`push ${list} --purge --insecure`);
    expect((await judgeList(list.replace("HOST", registry.host))).images).toHaveLength(2);
  });

  test("skopeo copy --multi-arch all, and index-only where the images are there", async () => {
    const name = `docker://${registry.host}/multi-arch-samples/myimage:all`;
    const target = `docker://${registry.host}/copied/all`;
    await run("copy", "--insecure", "--all", "-q", name, `${target}:1`);
    await run("copy", "--insecure", "--index-only", "-q", name, `${target}:2`);
    expect(await judgeList(`${registry.host}/copied/all:2`)).toEqual(
      await judgeList(`${registry.host}/copied/all:1`),
    );
  });

  test("skopeo list-tags, and sync with its YAML", async () => {
    expect(await run("tags", `${registry.host}/multi-arch-samples/myimage`)).toMatch(/^all\namd64\narm64\n/);
    const yaml = join(await makeTempFolder(), "sync.yaml");
    await writeFile(
      yaml,
      `"${registry.host}":\n  tls-verify: false\n  images-by-tag-regex:\n    multi-arch-samples/myimage: ^all\n`,
    );
    await run("sync", "--to", `${registry.host}/synced`, "--image-list", yaml);
    expect(await judgeList(`${registry.host}/synced/multi-arch-samples/myimage:all`)).toEqual(
      await judgeList(`${registry.host}/multi-arch-samples/myimage:all`),
    );
  });

  test("an image of a list is not chosen by this machine's platform", async () => {
    const name = `${registry.host}/multi-arch-samples/myimage:all`;
    const { code, stderr } = await runCli(["inspect", "--config", name]);
    expect([code, stderr]).toEqual([64, expect.stringContaining("--platform")]);
  });

  describeWith(missingSkopeo, "beside skopeo", () => {
    test.each([
      [["--skopeo"], []],
      [["--config"], ["--config"]],
    ])("inspect %j --override-arch arm64 prints what skopeo does", async (ours, theirs) => {
      const name = `${registry.host}/multi-arch-samples/myimage:all`;
      const printed = await run("inspect", ...ours, "--platform", "linux/arm64", name);
      expect(JSON.parse(printed)).toMatchObject(
        JSON.parse(await skopeo(...theirs, `docker://${name}`)) as object,
      );
    });

    test("inspect --config --raw gives the same bytes", async () => {
      const name = `${registry.host}/multi-arch-samples/myimage:all`;
      const printed = await run("inspect", "--config", "--raw", "--platform", "linux/arm64", name);
      expect(printed).toBe(await skopeo("--config", "--raw", `docker://${name}`));
    });
  });
});

test("the recipes name a counterpart for each of skopeo's commands", async () => {
  const recipes = await readFile(join(import.meta.dirname, "../../docs/recipes.md"), "utf8");
  for (const word of [
    "copy --all",
    "inspect docker://A",
    "inspect --config",
    "list-tags",
    "sync --src yaml",
  ]) {
    expect(recipes).toContain(`| \`${word}`);
  }
});
