import { createReadStream } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { type Contents, fetchContents } from "../helpers/registries/fetch-bytes.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const app = "sha256:4e1ee8f927390a4e8af03b6763a3129ab172207e4684b8e9ae0f87dce70f2d17";
const dock = "sha256:914352dbdd31766a7b71e1a473efd3ef7ceb79a4fcb88068f064971cbf3f1ad6";
const signed = "sha256:4b4cea02f1fc691d4f25a777cda7317f2cb60788379c93f0f3b8cf965341cb8f";

const tool = "sha256:67c59710c71843d429e2e4e93c511c3bf6268014c655fa71a900b5d00f0b65ba";
const pause = "sha256:e564d5a025484b2a8e8a8c6cb57fea61f5e8b303839187e6d17d97683a403439";
const carvel = "sha256:4c53365516a08752904d8294342c4ed39463e862489ac3b40a6f65558f47d872";
const signature = "sha256:04b296da53f6c96af462b5ec47883f797311af895b367fb737e23d017a0fe5bd";
const signatureTag = `${signed.replace(":", "-")}.sig`;
const referrers = [
  "sha256:4917be932c70c7858434de6cc2a77026cedecd3d95c8e3d13c5cc44b9fae071f",
  "sha256:b900d7984685384b51ca23fd6b4d513fe6e55cadb6fbbe144068372d635b0fba",
];

/** Of images whose manifests the bundle does not have. */
const appConfigs = [
  "sha256:21f3e4aa4aa5b43ce6182dbeb8169ce06df44763b76a09518a1c280d6afcbb6d",
  "sha256:e7a187419decf0ac435b756828d6bc5ed722aa67ea42026016b3d410ebb5a95a",
];
const dockConfigs = [
  "sha256:eadd9b4e452942c1e74e9d1c972a239b911a6cb2419b7a9e883d8f208416a7fd",
  "sha256:cbb0023948d6ce375670ff9c809c010b50fcfcdb4b83670c9b30595cdf65de7c",
];
const toolConfig = "sha256:cf04e9c13c446fa254b6d66825c4fb9099c6a2216436b146bf25b9ef2daa7e9a";

const all = { "library/app:1.0": app, "rancher/dock:v3": dock, "rancher/tool:2.0": tool };
const signedWhole = { "site/signed:1.0": signed, [`site/signed:${signatureTag}`]: signature };

/** Each with what has to stand at the target: the digests that the bundle carries. */
const bundles: readonly (readonly [bundle: string, options: readonly string[], wanted: Contents])[] = [
  ["registry-trees/docker-registry-2.8", [], all],
  ["registry-trees/var-lib-registry.tar.gz", [], all],
  [
    "mindthegap-1.26.3/images.tar",
    [],
    {
      "library/app:1.0": "sha256:801958cdc02375fd88ffd05553b152a8d02c58a49d175a0ef0a25abd2b55a60a",
      "rancher/dock:v3": "sha256:acc6f59546580dd2de76506d9f5da86f4c8255cf46be7da5f2d9788523444569",
      "rancher/pause:3.1": "sha256:da1eb29b117a8538427c520cadc5eb0d34f0f51151857aa1ba89e71d8f9b149b",
    },
  ],
  ["imgpkg-0.43.1/hub-image.tar", [], { "library/app:1.0": app }],
  ["imgpkg-0.43.1/bundle.tar", [], { "carvel/bundle:1.0": carvel }],
  [
    "hauler-2.1.0-dev/haul-signed.tar.zst",
    [],
    {
      ...signedWhole,
      "site/signed-new:1.0": signed,
      "site/single:1.0": tool,
      ...Object.fromEntries(referrers.map((digest) => [`site/signed-new@${digest}`, digest])),
    },
  ],
  ["hauler-2.1.0-dev/k8s-only.tar.zst", [], { "rancher/pause:3.1": pause }],
  [
    "skopeo-1.22.0-dev/sync",
    [],
    { "library/app:1.0": app, "library/dock:v3": dock, "library/tool:2.0": tool },
  ],
  ["skopeo-1.22.0-dev/preserve-dir", ["--name", "rancher/dock:v3"], { "rancher/dock:v3": dock }],
  ["podman-4.3.1-save/docker-dir", ["--name", "app:1.0"], { "library/app:1.0": appConfigs.slice(0, 1) }],
  ["podman-4.3.1-save/byid.tar", ["--name", "app:1.0"], { "library/app:1.0": appConfigs.slice(0, 1) }],
  [
    "regctl-0.11.7-ocidir/app",
    ["--repository", "library/app"],
    { "library/app:1.0": app, "library/app:tool": tool },
  ],
  ["regctl-0.11.7-ocidir/signed", ["--repository", "site/signed"], signedWhole],
  ["oras-1.3.6-backup/app.tar", ["--repository", "library/app"], { "library/app:1.0": app }],
  ["oras-1.3.6-backup/signed-all.tar", ["--repository", "site/signed"], signedWhole],
  [
    "oras-1.3.6-backup/signed-new-referrers.tar",
    ["--repository", "site/new"],
    {
      "site/new:1.0": signed,
      ...Object.fromEntries(referrers.map((digest) => [`site/new@${digest}`, digest])),
    },
  ],
  ["cosign-3.1.2-save/signed", ["--name", "site/signed:1.0"], signedWhole],
  ["cosign-3.1.2-save/signed-new", ["--name", "site/signed-new:1.0"], { "site/signed-new:1.0": signed }],
  ["crane-0.22.1-pull-tarball/by-digest.tar", ["--name", "tool:2.0"], { "library/tool:2.0": [toolConfig] }],
  [
    "crane-0.22.1-pull-oci/layout",
    [
      ...appConfigs.map((id) => `--name=${id.slice(7)}=app:1.0`),
      ...dockConfigs.map((id) => `--name=${id.slice(7)}=rancher/dock:v3`),
      `--name=${toolConfig.slice(7)}=rancher/tool:2.0`,
    ],
    all,
  ],
  ["ctr-1.6.20-export/all.tar", [], all],
  ["ctr-1.6.20-export/nomanifest.tar", [], { "library/app:1.0": app, "rancher/tool:2.0": tool }],
  [
    "ctr-1.6.20-export/default.tar",
    [],
    { "library/app:1.0": appConfigs.slice(0, 1), "rancher/tool:2.0": tool },
  ],
  ["ctr-1.6.20-export/loopname.tar", [], { "library/app:1.0": appConfigs.slice(0, 1) }],
  [
    "ctr-1.6.20-export/arm64.tar",
    [],
    { "library/app:1.0": appConfigs.slice(1), "rancher/dock:v3": dockConfigs.slice(1) },
  ],
  [
    "jib-maven-3.4.6-buildTar/jib-image.tar",
    [],
    {
      "team/hello:1.0": ["sha256:ba025108139b9bb90265b12702a7413708c02c4efb763a3f4d978469d156f192"],
    },
  ],
  ["dt-0.7.0-wrap/mychart.wrap.tgz", [], { "rancher/dock:v3": dockConfigs, "rancher/tool:2.0": tool }],
  [
    "zarf-0.84.0/zarf-package-app-amd64-1.0.0.tar.zst",
    [],
    {
      "library/app:1.0": "sha256:226c214b6ab2b2f5da54e9b55269ddaeb2603b975808725e66fe4c96cd6c3db3",
      "rancher/pause:3.1": "sha256:48426fad8d1ac2081b355f63163a8c23f54abad8ded78371c8b70746149fb91d",
      "rancher/tool:2.0": tool,
    },
  ],
];

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

test.each(bundles)("loads %s with the digests that it carries", async (bundle, options, wanted) => {
  const { code, stderr } = await runCli([
    "--registry",
    registry.host,
    ...options,
    await unpackBundle(bundle),
  ]);

  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await fetchContents(registry.host, wanted)).toEqual(wanted);
});

test.each(bundles.filter(([bundle]) => /\.(?:tar|gz|zst)$/.test(bundle)))(
  "loads %s from standard input with the digests that it carries",
  async (bundle, options, wanted) => {
    const input = createReadStream(await unpackBundle(bundle));
    const { code, stderr } = await runCli(["--registry", registry.host, ...options, "-"], { input });

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await fetchContents(registry.host, wanted)).toEqual(wanted);
  },
);

test.each([
  ["library/app:1.0", app, "app"],
  ["rancher/dock:v3", dock, "dock"],
  ["site/signed:1.0", signed, "signed"],
])(
  "loads both halves of %s, which ctr exported by platform, as the index that they were",
  async (name, digest, stem) => {
    const halves = ["amd64", "arm64"].map((arch) => unpackBundle(`ctr-1.6.20-export/${stem}-${arch}.tar`));
    const { code } = await runCli(["--registry", registry.host, ...(await Promise.all(halves))]);

    // The attestations of the first are in neither.
    const wanted = stem === "app" ? { [name]: appConfigs } : { [name]: digest };
    expect([code, await fetchContents(registry.host, wanted)]).toEqual([0, wanted]);
  },
);
