import { createReadStream } from "node:fs";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/open-archive.ts";
import type { SourceImage } from "../../src/content/image-source.ts";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";

const app = "sha256:4e1ee8f927390a4e8af03b6763a3129ab172207e4684b8e9ae0f87dce70f2d17";
const dock = "sha256:914352dbdd31766a7b71e1a473efd3ef7ceb79a4fcb88068f064971cbf3f1ad6";
const tool = "sha256:67c59710c71843d429e2e4e93c511c3bf6268014c655fa71a900b5d00f0b65ba";
const signed = "sha256:4b4cea02f1fc691d4f25a777cda7317f2cb60788379c93f0f3b8cf965341cb8f";

interface Bundle {
  readonly bundle: string;
  readonly writer: string;
  /** Names as written, and the digest of the index or the manifest that stands for each. */
  readonly images: Readonly<Record<string, string>>;
}

const registryImages = { "library/app:1.0": app, "rancher/dock:v3": dock, "rancher/tool:2.0": tool };

/** What the programs wrote, and what would stand at the target of the program that reads it. */
const bundles: readonly Bundle[] = [
  {
    bundle: "registry-trees/docker-registry-2.8",
    writer: "docker-registry or distribution, its own storage",
    images: registryImages,
  },
  {
    bundle: "registry-trees/var-lib-registry.tar.gz",
    writer: "docker-registry or distribution, its own storage",
    images: registryImages,
  },
  {
    bundle: "mindthegap-1.26.3/images.tar",
    writer: "mindthegap",
    images: {
      "library/app:1.0": "sha256:801958cdc02375fd88ffd05553b152a8d02c58a49d175a0ef0a25abd2b55a60a",
      "rancher/dock:v3": "sha256:acc6f59546580dd2de76506d9f5da86f4c8255cf46be7da5f2d9788523444569",
      "rancher/pause:3.1": "sha256:da1eb29b117a8538427c520cadc5eb0d34f0f51151857aa1ba89e71d8f9b149b",
    },
  },
  {
    bundle: "imgpkg-0.43.1/hub-image.tar",
    writer: "imgpkg",
    images: { "index.docker.io/library/app:1.0": app },
  },
  {
    bundle: "hauler-2.1.0-dev/haul-signed.tar.zst",
    writer: "hauler",
    images: {
      "index.docker.io/site/signed:1.0": signed,
      "ghcr.io/site/signed-new:1.0": signed,
      "index.docker.io/site/single:1.0": tool,
    },
  },
  {
    bundle: "skopeo-1.22.0-dev/sync",
    writer: "skopeo, as dir:",
    images: { "app:1.0": app, "dock:v3": dock, "tool:2.0": tool },
  },
  {
    bundle: "dt-0.7.0-wrap/mychart.wrap.tgz",
    writer: "dt wrap",
    images: {
      "127.0.0.1:6500/rancher/tool:2.0": tool,
      "127.0.0.1:6500/rancher/dock:v3":
        "sha256:4552cfb5f87fdc6afa833055be474fe28f1b165504af2e3648d32d0c9633d521 sha256:d14caf05ffd0545261c9a496a8dfe02f046d91bb4dccb412d09363e778fe637f",
    },
  },
  {
    bundle: "zarf-0.84.0/zarf-package-app-amd64-1.0.0.tar.zst",
    writer: "an OCI layout: skopeo, podman, BuildKit or k0s",
    images: {
      "docker.io/library/app:1.0": "sha256:226c214b6ab2b2f5da54e9b55269ddaeb2603b975808725e66fe4c96cd6c3db3",
      "registry.k8s.io/rancher/pause:3.1":
        "sha256:48426fad8d1ac2081b355f63163a8c23f54abad8ded78371c8b70746149fb91d",
      "docker.io/rancher/tool:2.0": tool,
    },
  },
  {
    bundle: "ctr-1.6.20-export/all.tar",
    writer: "containerd: Docker's containerd image store, ctr or nerdctl",
    images: {
      "docker.io/library/app:1.0": app,
      "docker.io/rancher/tool:2.0": tool,
      "docker.io/rancher/dock:v3": dock,
    },
  },
];

describe("bundles that programs wrote", () => {
  test.each(bundles)("$bundle", async ({ bundle, writer, images }) => {
    await using source = await openArchive({ path: await unpackBundle(bundle) }, options);

    expect(source.facts.writer).toBe(writer);
    expect(digestsByName(source.images)).toEqual(images);
  });

  test.each(bundles.filter(({ bundle }) => /\.(?:tar|tgz|gz|zst)$/.test(bundle)))(
    "$bundle from standard input",
    async ({ bundle, images }) => {
      await using source = await openArchive(
        { stdin: createReadStream(await unpackBundle(bundle)) },
        options,
      );

      expect(digestsByName(source.images)).toEqual(images);
    },
  );

  test.each([
    ["regctl-0.11.7-ocidir/app", { "app:1.0": app, "app:tool": tool }],
    ["oras-1.3.6-backup/app.tar", { "app:1.0": app }],
    ["oras-1.3.6-backup/signed-all.tar", { "app:1.0": signed }],
  ])("%s has tags, which go to the repository that is given, each image once", async (bundle, images) => {
    const path = await unpackBundle(bundle);
    await using source = await openArchive({ path }, { ...options, repository: "app" });

    expect(digestsByName(source.images)).toEqual(images);
    expect(source.images).toHaveLength(Object.keys(images).length === 2 ? 3 : 2);
  });

  test.each([
    ["cosign-3.1.2-save/signed", signed],
    ["skopeo-1.22.0-dev/preserve-dir", dock],
    [
      "crane-0.22.1-pull-tarball/by-digest.tar",
      "sha256:cf04e9c13c446fa254b6d66825c4fb9099c6a2216436b146bf25b9ef2daa7e9a",
    ],
  ])("%s has one image without a name, which gets the given one", async (bundle, digest) => {
    const path = await unpackBundle(bundle);
    await using source = await openArchive({ path }, { ...options, name: "app:1" });

    expect(digestsByName(source.images)).toEqual({ "app:1": digest });
  });

  test.each([
    ["crane-0.22.1-pull-oci/layout", /it has 3 images/],
    ["ctr-1.6.20-export/all.tar", /it has names of its own/],
  ])("%s is not one image without a name", async (bundle, message) => {
    const path = await unpackBundle(bundle);

    await expect(openArchive({ path }, { ...options, name: "app:1" })).rejects.toThrow(message);
  });

  test("a bundle of imgpkg, which is for no architecture, is an artifact beside the images that it locks", async () => {
    const path = await unpackBundle("imgpkg-0.43.1/bundle.tar");
    await using source = await openArchive({ path }, options);

    expect(source.artifacts.map(({ names }) => names)).toEqual([["127.0.0.1:6500/carvel/bundle:1.0"]]);
    expect(digestsByName(source.images)).toEqual({
      [`127.0.0.1:6500/library/app@${app}`]: app,
      [`127.0.0.1:6500/rancher/tool@${tool}`]: tool,
    });
  });

  test("all of them below one folder, each read where it lies", async () => {
    await using source = await openArchive({ path: await unpackBundle("registry-trees") }, options);

    expect(source.images).toHaveLength(10);
    expect(source.facts.parts).toEqual([
      { where: "docker-registry-2.8/", kind: "a registry's storage", images: 5 },
      { where: "var-lib-registry.tar.gz/var/lib/registry/", kind: "a registry's storage", images: 5 },
    ]);
  });
});

const options = { layerCompression: "gzip", allowForeign: false } as const;

/** The index, where all of it is there; else the manifests. */
function digestsByName(images: readonly SourceImage[]): Record<string, string> {
  const digests = new Map<string, Set<string>>();
  for (const { names, index, manifest, config } of images) {
    const root = index?.complete ? index.manifest : manifest;
    for (const name of names) {
      digests.set(name, (digests.get(name) ?? new Set()).add(root?.descriptor.digest ?? config.digest));
    }
  }
  return Object.fromEntries([...digests].map(([name, all]) => [name, [...all].join(" ")]));
}
