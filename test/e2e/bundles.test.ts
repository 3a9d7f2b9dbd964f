import { createReadStream } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const app = "sha256:4e1ee8f927390a4e8af03b6763a3129ab172207e4684b8e9ae0f87dce70f2d17";
const dock = "sha256:914352dbdd31766a7b71e1a473efd3ef7ceb79a4fcb88068f064971cbf3f1ad6";
const signed = "sha256:4b4cea02f1fc691d4f25a777cda7317f2cb60788379c93f0f3b8cf965341cb8f";

/** Each with what has to stand at the target: the digests that the bundle carries. */
const bundles = [
  ["registry-trees/docker-registry-2.8", [], { "library/app:1.0": app, "rancher/dock:v3": dock }],
  ["registry-trees/var-lib-registry.tar.gz", [], { "library/app:1.0": app, "rancher/dock:v3": dock }],
  ["imgpkg-0.43.1/hub-image.tar", [], { "library/app:1.0": app }],
  ["hauler-2.1.0-dev/haul-signed.tar.zst", [], { "site/signed:1.0": signed, "site/signed-new:1.0": signed }],
  ["skopeo-1.22.0-dev/sync", [], { "library/app:1.0": app, "library/dock:v3": dock }],
  ["skopeo-1.22.0-dev/preserve-dir", ["--name", "rancher/dock:v3"], { "rancher/dock:v3": dock }],
  ["regctl-0.11.7-ocidir/app", ["--repository", "library/app"], { "library/app:1.0": app }],
  ["oras-1.3.6-backup/app.tar", ["--repository", "library/app"], { "library/app:1.0": app }],
  ["cosign-3.1.2-save/signed", ["--name", "site/signed:1.0"], { "site/signed:1.0": signed }],
  ["ctr-1.6.20-export/all.tar", [], { "library/app:1.0": app, "rancher/dock:v3": dock }],
] as const;

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
  expect(await fetchDigests(Object.keys(wanted))).toEqual(wanted);
});

test.each(bundles.filter(([bundle]) => /\.(?:tar|gz|zst)$/.test(bundle)))(
  "loads %s from standard input with the digests that it carries",
  async (bundle, options, wanted) => {
    const input = createReadStream(await unpackBundle(bundle));
    const { code, stderr } = await runCli(["--registry", registry.host, ...options, "-"], { input });

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await fetchDigests(Object.keys(wanted))).toEqual(wanted);
  },
);

async function fetchDigests(names: readonly string[]): Promise<Record<string, string | undefined>> {
  const found = names.map(async (name) => [name, await fetchDigest(registry.host, name)] as const);
  return Object.fromEntries(await Promise.all(found));
}
