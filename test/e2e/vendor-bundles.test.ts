import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unpackMadeBundles } from "../helpers/archives/real-bundles.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { type Contents, fetchContents } from "../helpers/registries/fetch-bytes.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

// What the bundles carry: an index of two platforms, an image for amd64 alone, and what belongs to them.
const app = "sha256:c403a3d0c6d91944d84f69ca130365b8cc3b8c029e02b65a27d3d47d4fb4cc59";
const appAmd64 = "sha256:226c214b6ab2b2f5da54e9b55269ddaeb2603b975808725e66fe4c96cd6c3db3";
const tool = "sha256:0fb698c99528a67cfeca230522900b1d755ba59c57737a879c780c73324b0e1b";
const chart = "sha256:1a275a36e31d2b362ee1e46111bd14e7f64db707bd50f159268b794920900a97";
const file = "sha256:b5baffb86cb59a7154cf50f71aa49482a7f60f4faef36a5db98d7bd081f9b543";
const signature = "sha256:c46f0b970be4abc619cf509e87b3bd8717486552f997772c1a6a76b4ed3f6adc";
const referrer = "sha256:a871e31f75a726b085fc9d81b22c198a06f8d232db2961e9444aeda0e0368e0c";
const model = "sha256:9fb7213eb713554063d261cc5614dffc2ff7833df59cc59d898574f8ecfc6423";
const nydus = "sha256:b353f3bb560cf1a5632440a2ab6a4c5dd9efdb6a07a26b5aac3d95253c32da2f";
const signatureTag = `${app.replace(":", "-")}.sig`;

/** Images without a manifest of their own are known by their configs. */
const amd64 = ["sha256:21f3e4aa4aa5b43ce6182dbeb8169ce06df44763b76a09518a1c280d6afcbb6d"];
const arm64 = ["sha256:e7a187419decf0ac435b756828d6bc5ed722aa67ea42026016b3d410ebb5a95a"];
const toolConfig = ["sha256:2cd7fb0662f37581fb50cc37b762a3daec977ce281264132923af3151dbca7d7"];

interface Bundle {
  /** Those of several are given together. */
  readonly bundle: string;
  readonly args?: readonly string[];
  readonly wanted: Contents;
}

const saved = { "library/app:1.0": amd64, "rancher/tool:2.0": toolConfig };
const whole = { "library/app:1.0": app, "rancher/tool:2.0": tool };
const haul = {
  "library/app:1.0": app,
  [`library/app:${signatureTag}`]: signature,
  [`library/app@${referrer}`]: referrer,
  "hauler/mychart:1.2.3": chart,
  "hauler/install.sh:latest": file,
};
const zarf = { "library/app:1.0": appAmd64, "rancher/tool:2.0": tool };

const bundles: readonly Bundle[] = [
  { bundle: "calico-release-v3.28.tgz", wanted: saved },
  {
    bundle: "cosign-save",
    args: ["--name", "library/app:1.0"],
    wanted: { "library/app:1.0": app, [`library/app:${signatureTag}`]: signature },
  },
  { bundle: "eksa-images.tar", wanted: { "eks/app:1.0": amd64, "rancher/tool:2.0": toolConfig } },
  {
    bundle: "harbor-offline-installer-v2.tgz",
    wanted: { "goharbor/app:v2.13.0": amd64, "goharbor/tool:v2.13.0": toolConfig },
  },
  { bundle: "haul.tar.zst", wanted: haul },
  { bundle: "haul-split.tar.zst.001", wanted: haul },
  { bundle: "imgpkg.tar", wanted: whole },
  { bundle: "kots-dockerarchive.airgap", wanted: saved },
  { bundle: "kots-registry.airgap", wanted: whole },
  { bundle: "kube-apiserver-amd64.tar", wanted: { "kube-apiserver-amd64:v1.30.0": amd64 } },
  { bundle: "kube-apiserver-arm64.tar", wanted: { "kube-apiserver-arm64:v1.30.0": arm64 } },
  { bundle: "kubekey-v3-artifact.tar.gz", wanted: { "library/app:1.0": [...amd64, ...arm64] } },
  { bundle: "kubernetes-server-linux-amd64.tar.gz", wanted: { "kube-apiserver-amd64:v1.30.0": amd64 } },
  { bundle: "kubernetes-server-linux-arm64.tar.gz", wanted: { "kube-apiserver-arm64:v1.30.0": arm64 } },
  { bundle: "layout-chart-only.tar", wanted: { "charts/mychart:1.2.3": chart } },
  {
    bundle: "layout-image-sig-tag.tar",
    wanted: { "library/app:1.0": app, [`library/app:${signatureTag}`]: signature },
  },
  { bundle: "layout-model.tar", wanted: { "ai/smol:latest": model } },
  { bundle: "layout-nydus.tar", wanted: { "library/ny:1": nydus } },
  {
    bundle: "layout-referrer.tar",
    wanted: { "library/app:1.0": app, [`library/app@${referrer}`]: referrer },
  },
  {
    bundle: "many-archives",
    wanted: { "library/app:1.0": [...amd64, ...arm64], "rancher/tool:2.0": toolConfig },
  },
  {
    bundle: "many-layouts",
    args: ["--repository", "site/all"],
    wanted: { "site/all:1.0": appAmd64, "site/all:2.0": tool },
  },
  { bundle: "mindthegap-bundle.tar", wanted: { ...whole, "charts/mychart:1.2.3": chart } },
  { bundle: "mirror_000001.tar", wanted: whole },
  { bundle: "oc-mirror-parts", wanted: whole },
  { bundle: "oc-image-mirror", wanted: { "library/app:1.0": app } },
  { bundle: "oc-mirror-v1_seq1_000000.tar", wanted: { "library/app:1.0": app } },
  {
    bundle: "oras-backup.tar",
    args: ["--repository", "library/app"],
    wanted: { "library/app:1.0": app, [`library/app@${referrer}`]: referrer },
  },
  { bundle: "podman-dir", args: ["--name", "app:1.0"], wanted: { "library/app:1.0": appAmd64 } },
  { bundle: "podman-dir-list", args: ["--name", "app:1.0"], wanted: { "library/app:1.0": app } },
  { bundle: "registry-prefixed.tar.gz", wanted: whole },
  { bundle: "registry-tree", wanted: whole },
  { bundle: "skopeo-sync", wanted: { "library/app:1.0": appAmd64, "library/tool:2.0": tool } },
  { bundle: "skopeo-sync-scoped", wanted: { "library/app:1.0": appAmd64, "rancher/tool:2.0": tool } },
  { bundle: "talos-cache", wanted: { "library/app:1.0": amd64, "rancher/tool:2.0": tool } },
  { bundle: "var-lib-registry.tar", wanted: whole },
  { bundle: "var-lib-registry.tar.gz", wanted: whole },
  { bundle: "zarf-package-app-amd64-1.0.0.tar.zst", wanted: zarf },
  { bundle: "zarf-split.tar.zst.part000", wanted: zarf },
  { bundle: "zot-storage", wanted: whole },
];

const isTar = ({ bundle }: Bundle): boolean => /\.(?:tar|tgz|gz|zst|airgap)$/.test(bundle);

let registry: TestRegistry;
let root: string;
let folder: string;
beforeAll(async () => {
  registry = await startTestRegistry();
  root = await mkdtemp(join(tmpdir(), "airgap-load-test-"));
  folder = await unpackMadeBundles(root);
});
afterAll(async () => {
  await registry.stop();
  await rm(root, { recursive: true, force: true });
});

/** Loads under a path of its own; gives what went wrong, and what is there then. */
async function load({ args = [], wanted }: Bundle, path: string, input?: string): Promise<unknown> {
  const prefix = `run${(runs += 1)}`;
  const options = ["--registry", `${registry.host}/${prefix}`, "--no-cache", ...args];
  const { code, stderr } = await runCli(
    [...options, path],
    input === undefined ? {} : { input: createReadStream(input) },
  );
  return code === 0 ? fetchContents(registry.host, wanted, `${prefix}/`) : { code, stderr };
}
let runs = 0;

describe("a bundle of a vendor has at the target what its own tool would bring", () => {
  test.each(bundles)("$bundle", async (bundle) => {
    expect(await load(bundle, join(folder, bundle.bundle))).toEqual(bundle.wanted);
  });

  test.each(bundles.filter(isTar))("$bundle from standard input", async (bundle) => {
    expect(await load(bundle, "-", join(folder, bundle.bundle))).toEqual(bundle.wanted);
  });

  test.each(bundles.filter(isTar))("$bundle, unpacked", async (bundle) => {
    const unpacked = await makeTempFolder();
    await promisify(execFile)("tar", ["-xf", join(folder, bundle.bundle), "-C", unpacked]);

    expect(await load(bundle, unpacked)).toEqual(bundle.wanted);
  });

  test("all samples of the maker are tried", async () => {
    const tried = new Set([...bundles.map(({ bundle }) => bundle), ...refused.map(([bundle]) => bundle)]);
    const names = (await readdir(folder)).filter((name) => !/\.(?:00[23]|part00[12])$/.test(name));

    expect(names.filter((name) => !tried.has(name))).toEqual([]);
  });
});

const refused: readonly [bundle: string, message: RegExp, hint: RegExp][] = [
  ["containerd-content", /containerd's own storage/, /ctr -n k8s.io images export/],
  ["hangar-saved-images.zip", /a zip file of Hangar/, /hangar load/],
  ["images-in.zip", /is a zip file/, /unzip/],
  ["kubekey-v4-artifact.tgz", /an artifact of KubeKey 4/, /Let KubeKey push it/],
  ["oc-mirror-difference.tar", /does not have all that it counts on/, /Load the earlier archives first/],
];

test.each(refused)("%s is named, with what to do", async (bundle, message, hint) => {
  const { code, stderr } = await runCli(["--registry", registry.host, join(folder, bundle)]);

  expect({ code, stderr }).toMatchObject({
    code: 65,
    stderr: expect.stringMatching(message) as string,
  });
  expect(stderr).toMatch(hint);
});

const layer = "a39fcea5fd91e16f01165fa581d831b22b2eb8b0c1e84762d8c890def0da1464";

test.each([
  ["registry-tree", `docker/registry/v2/blobs/sha256/a3/${layer}/data`],
  ["oc-image-mirror", `v2/library/app/blobs/sha256:${layer}`],
  ["talos-cache", `blob/sha256-${layer}`],
  ["skopeo-sync", `app:1.0/${layer}`],
  ["podman-dir-list", layer],
  ["zot-storage", `library/app/blobs/sha256/${layer}`],
])("%s without a layer of its own is an error that names it: %s", async (bundle, path) => {
  const copy = join(await makeTempFolder(), bundle);
  await cp(join(folder, bundle), copy, { recursive: true });
  await rm(join(copy, path));
  const args = bundle.startsWith("podman") ? ["--name", "app:1.0"] : [];
  const { code, stderr } = await runCli(["--registry", `${registry.host}/lacking-${bundle}`, ...args, copy]);

  expect(code).not.toBe(0);
  expect(stderr).toContain(`"${path}" is not in the archive`);
});

test.each(["cosign-save", "oras-backup.tar"])(
  "%s without the name that it needs is no success",
  async (bundle) => {
    const { code, stderr } = await runCli(["--registry", registry.host, join(folder, bundle)]);

    expect({ code, stderr }).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("NOTHING_TO_PUBLISH") as string,
    });
  },
);

test.each(bundles)("verify passes what was loaded from $bundle", async ({ bundle, args = [] }) => {
  const to = `${registry.host}/verified-${basename(bundle)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")}`;
  const path = join(folder, bundle);
  await runCli(["--registry", to, ...args, path]);

  expect(await runCli(["verify", to, ...args, path])).toMatchObject({ code: 0 });
});
