import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingContainerd, startContainerd, type Containerd } from "../helpers/judges/containerd.ts";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { elfMachine } from "../helpers/archives/elf-machine.ts";
import { fetchDigest, fetchTags } from "../helpers/registries/fetch-bytes.ts";
import { judgeList, type JudgedImage } from "../helpers/judges/judge-list.ts";
import {
  k3sArchitectures,
  k3sExpected,
  k3sFlags,
  k3sNames,
  k3sPlatforms,
  k3sWriters,
  lyingNames,
  type K3sArchitecture,
  type K3sWriter,
} from "../helpers/archives/k3s-samples.ts";
import { startRecordingProxy } from "../helpers/registries/recording-proxy.ts";
import type { RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli, type CliResult } from "../helpers/processes/run-cli.ts";
import type { ExpectedImage } from "../helpers/archives/samples.ts";
import { missingSkopeo, skopeoInspect } from "../helpers/judges/skopeo.ts";

describeRegistries("main job", (start) => {
  describe.each(k3sWriters)("k3s archives written by %s", (writer) => {
    let registry: RunningRegistry;
    let first: CliResult;

    beforeAll(async () => {
      registry = await start();
      first = await runCli(["--registry", registry.host, ...k3sFlags(writer)]);
    });
    afterAll(() => registry.stop());

    test("ends well", () => {
      expect(first).toMatchObject({ code: 0, signal: null });
    });

    test.each(lyingNames)("says what the config of %s lied about", (name) => {
      const lines = first.stderr.split("\n").filter((line) => line.includes(name));
      expect(lines).toContainEqual(expect.stringMatching(/amd64.*arm64|arm64.*amd64/));
      expect(lines).toContainEqual(expect.stringMatching(/amd64.*arm(?!64)|arm(?!64).*amd64/));
    });

    test("warns of no other image", () => {
      const warnings = first.stderr.split("\n").filter((line) => line.startsWith("warning:"));
      // What holds for several of them is said once.
      const folded = new RegExp(
        `^warning: ${lyingNames.length} images: its (?:index entry|config) says amd64`,
      );
      const others = warnings.filter(
        (line) => !folded.test(line) && !lyingNames.some((name) => line.includes(name)),
      );
      expect(others).toEqual([]);
    });

    test.each(k3sNames)("publishes %s with the right image for each platform", async (name) => {
      const { images } = await judgeList(`${registry.host}/${name}`);
      const archived = k3sArchitectures.map((arch) => k3sExpected(writer, arch, name));
      expect(images.map((image, at) => compareImage(image, archived[at]))).toEqual(
        k3sArchitectures.map((arch) => wantedImage(writer, arch, name)),
      );
    });

    test.each(k3sNames)("leaves a tag for each platform of %s", async (name) => {
      const [repository = "", tag] = name.split(":");
      const suffixes = ["", "-amd64", "-arm", "-arm64"];
      expect(await fetchTags(registry.host, repository)).toEqual(suffixes.map((suffix) => `${tag}${suffix}`));
    });

    test("sends nothing on a second run, and says unchanged", async () => {
      const proxy = await startRecordingProxy(registry.host);
      const second = await runCli(["--registry", proxy.host, ...k3sFlags(writer)]);
      await proxy.stop();
      expect(second.code).toBe(0);
      expect(second.stdout).toMatch(/unchanged/);
      expect(second.stdout).not.toMatch(/pushed|replaced|kept|missing/);
      expect(proxy.requests.filter(({ bytes }) => bytes > 0)).toEqual([]);
    });

    test("gives the same lists when the archives come one by one in another order", async () => {
      const other = await start();
      for (const arch of ["arm", "amd64", "arm64"] as const) {
        const { code } = await runCli(["--registry", other.host, ...k3sFlags(writer, [arch])]);
        expect(code).toBe(0);
      }
      const digests = await Promise.all(k3sNames.map((name) => fetchDigest(other.host, name)));
      await other.stop();
      expect(digests).toEqual(await Promise.all(k3sNames.map((name) => fetchDigest(registry.host, name))));
    });

    describeWith(missingSkopeo, "skopeo as the judge", () => {
      test.each(k3sNames)("gives skopeo the image of %s for each platform", async (name) => {
        const list = await judgeList(`${registry.host}/${name}`);
        const layers = await Promise.all(
          [{ arch: "amd64" }, { arch: "arm64" }, { arch: "arm", variant: "v7" }].map((platform) =>
            skopeoInspect(`${registry.host}/${name}`, platform),
          ),
        );
        expect(layers.map(({ Layers }) => Layers)).toEqual(list.images.map((image) => image.layers));
      });
    });

    describeWith(missingContainerd, "containerd as the judge", () => {
      let containerd: Containerd;
      beforeAll(async () => {
        containerd = await startContainerd();
      });
      afterAll(() => containerd.stop());

      test.each(k3sNames)("pulls and unpacks %s with binaries for each platform", async (name) => {
        for (const arch of k3sArchitectures) {
          const reference = `${registry.host}/${name}`;
          await containerd.pull(reference, k3sPlatforms[arch]);
          expect(await containerd.withRoot(reference, k3sPlatforms[arch], findMachines)).toEqual([arch]);
        }
      });
    });
  });
});

function compareImage(image: JudgedImage, archived: ExpectedImage | undefined): unknown {
  const { platform, machines, diffIDs, claimed, config, digest } = image;
  const kept = { config: config === archived?.config, manifest: digest === archived?.manifest };
  return { platform, machines, diffIDs, claimed, kept };
}

/** The archive's image, whose config is made true where the manifest is ours anyway (decision 5). */
function wantedImage(writer: K3sWriter, arch: K3sArchitecture, name: string): unknown {
  const { claimed, diffIDs } = k3sExpected(writer, arch, name);
  const platform = k3sPlatforms[arch];
  const keepsManifest = writer === "docker26-containerd";
  const kept = { config: keepsManifest || claimed === platform, manifest: keepsManifest };
  return { platform, machines: [arch], diffIDs, claimed: keepsManifest ? claimed : platform, kept };
}

async function findMachines(root: string): Promise<readonly string[]> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  );
  const machines = await Promise.all(
    files.map(async (file) => elfMachine(await readFile(join(file.parentPath, file.name)))),
  );
  return [...new Set(machines.filter((machine) => machine !== undefined))];
}
