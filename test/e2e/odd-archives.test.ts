import { createHash, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mediaTypes } from "../../src/oci/media-type.ts";
import { blob, buildImage, buildLayer, jsonBlob } from "../helpers/archives/built-image.ts";
import { dockerSave, type Json, LayoutBuilder } from "../helpers/archives/layout-builder.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { zstdFrame } from "../helpers/archives/zstd-frames.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { faultFor, refuse, requestsFor } from "../helpers/registries/registry-faults.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** Files by name, and digests that are to be in the registry under names. */
interface Made {
  readonly files: Readonly<Record<string, TarBuilder | Uint8Array | string>>;
  readonly digests?: Readonly<Record<string, unknown>>;
}

interface Case {
  readonly title: string;
  readonly make: () => Made | Promise<Made>;
  /** Names of the files stand for their paths. */
  readonly args: readonly string[];
  readonly code: number;
  /** All names that are in the registry afterwards, those of architectures left out. */
  readonly published: readonly string[];
  /** What is told, on either stream. */
  readonly told?: readonly RegExp[];
  readonly notTold?: readonly RegExp[];
}

const { oci, docker } = mediaTypes;
const schema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const chartConfig = "application/vnd.cncf.helm.config.v1+json";
const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

function chart(layout: LayoutBuilder): Json {
  const config = layout.add(jsonBlob({ name: "chart", version: "1" }), chartConfig);
  return layout.manifest(config, [layout.add(blob(gzipSync("a chart")), chartLayer)]);
}

/** Three images, the second without its layer. */
async function incomplete(): Promise<TarBuilder> {
  const layout = new LayoutBuilder();
  for (const word of ["a", "b", "c"]) {
    const image = await layout.image(word);
    layout.root(image, `site/${word}:1`);
    if (word === "b") layout.lose(layout.read(image).layers[0]?.["digest"]);
  }
  return layout.tar();
}

/** Something odd under a name of its own, beside an image. */
async function besideApp(name: string, odd: (layout: LayoutBuilder) => Json | Promise<Json>): Promise<Made> {
  const layout = new LayoutBuilder();
  const root = await odd(layout);
  const app = await layout.image("app");
  layout.root(root, name).root(app, "site/app:1.0");
  return {
    files: { "a.tar": layout.tar() },
    digests: { [name]: root["digest"], "site/app:1.0": app["digest"] },
  };
}

async function windows(isPresent: boolean): Promise<Made> {
  const layout = new LayoutBuilder();
  const [base, top] = [await buildLayer("base"), await buildLayer("top")];
  const zipped = blob(gzipSync(base.bytes));
  const urls = [`https://mcr.microsoft.com/v2/windows/blobs/${zipped.digest}`];
  const foreign = layout.add(zipped, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", { urls });
  const config = layout.config("amd64", [base, top], { os: "windows", "os.version": "10.0.17763.1" });
  const own = layout.add(blob(gzipSync(top.bytes)), docker.layerGzip);
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: docker.manifest,
    config: { ...config, mediaType: docker.config },
    layers: [foreign, own],
  });
  if (!isPresent) layout.lose(zipped.digest);
  layout.root(layout.add(manifest, docker.manifest), "site/pause:3.6");
  return { files: { "a.tar": layout.tar() } };
}

/** An image whose only layer is written in a form of its own. */
async function layerAs(write: (bytes: Buffer) => Buffer, type: string): Promise<Made> {
  const layout = new LayoutBuilder();
  const layer = await buildLayer("odd");
  const config = layout.config("amd64", [layer]);
  layout.root(layout.manifest(config, [layout.add(blob(write(layer.bytes)), type)]), "site/odd:1");
  return { files: { "a.tar": layout.tar() } };
}

async function app(): Promise<Buffer> {
  const { config, layers } = await buildImage();
  return dockerSave([{ tags: ["site/app:1"], config, layers }]).build();
}

/** What stands where an archive should. */
function lookAlike(write: (archive: Buffer) => Uint8Array | string): () => Promise<Made> {
  return async () => ({ files: { "a.tar": write(await app()) } });
}

const cases: readonly Case[] = [
  ...["--amd64 docker.tar --amd64 ctr.tar", "--amd64 ctr.tar --amd64 docker.tar"].map((args): Case => ({
    title: `two forms of one image, ${args}`,
    make: async () => {
      const { config, layers } = await buildImage();
      const layout = new LayoutBuilder();
      const zipped = layers.map(({ bytes }) =>
        layout.add(blob(gzipSync(bytes, { level: 9 })), oci.layerGzip),
      );
      const image = layout.manifest(layout.add(config, oci.config), zipped);
      const files = {
        "docker.tar": dockerSave([{ tags: ["site/both:1"], config, layers }]),
        "ctr.tar": layout.containerd(image, "docker.io/site/both:1").tar(),
      };
      return { files, digests: { "site/both:1": image["digest"] } };
    },
    args: args.split(" "),
    code: 0,
    published: ["site/both:1"],
  })),
  {
    title: "what ctr images export writes for a tag and a digest",
    make: async () => {
      const layout = new LayoutBuilder();
      const image = await layout.image("pause");
      const name = "registry.example.io/pause";
      layout.containerd(image, `${name}:3.9`).root(image, `@${String(image["digest"])}`);
      layout.containerd(image, `${name}@${String(image["digest"])}`);
      return { files: { "a.tar": layout.tar() } };
    },
    args: ["a.tar"],
    code: 0,
    published: ["pause:3.9"],
  },
  {
    title: "an incomplete image that the list leaves out",
    make: async () => ({ files: { "a.tar": await incomplete(), "list.txt": "site/a:1\nsite/c:1\n" } }),
    args: ["--image-list", "list.txt", "a.tar"],
    code: 0,
    published: ["site/a:1", "site/c:1"],
    notTold: [/site\/b/],
  },
  {
    title: "an incomplete image beside others",
    make: async () => ({ files: { "a.tar": await incomplete() } }),
    args: ["a.tar"],
    code: 1,
    published: ["site/a:1", "site/c:1"],
    told: [/failed .*site\/b:1.*is not in the archive/, /3 images for .*: 2 new, 0 unchanged, 1 failed/],
  },
  {
    title: "an incomplete image alone",
    make: async () => ({ files: { "a.tar": await incomplete(), "list.txt": "site/b:1\n" } }),
    args: ["--image-list", "list.txt", "a.tar"],
    code: 65,
    published: [],
    told: [/ARCHIVE_INCOMPLETE.*site\/b:1/],
  },
  {
    title: "an archive of several platforms under one's option",
    make: async () => {
      const layout = new LayoutBuilder();
      const children: Json[] = [];
      for (const architecture of ["amd64", "arm64"]) {
        children.push({
          ...(await layout.image("m", architecture)),
          platform: { os: "linux", architecture },
        });
      }
      return { files: { "a.tar": layout.root(layout.index(children), "site/multi:1").tar() } };
    },
    args: ["--arm64", "a.tar"],
    code: 0,
    published: ["site/multi:1"],
    told: [/lists linux\/amd64, linux\/arm64: linux\/arm64 is taken/],
  },
  {
    title: "the same under an option that fits none of it",
    make: async () => {
      const layout = new LayoutBuilder();
      const children: Json[] = [];
      for (const architecture of ["amd64", "arm64"]) {
        children.push({
          ...(await layout.image("m", architecture)),
          platform: { os: "linux", architecture },
        });
      }
      return { files: { "a.tar": layout.root(layout.index(children), "site/multi:1").tar() } };
    },
    args: ["--riscv64", "a.tar"],
    code: 65,
    published: [],
    told: [/lists linux\/amd64, linux\/arm64, and not linux\/riscv64.*without an architecture's option/],
  },
  {
    title: "the same where the list leaves it out",
    make: async () => {
      const layout = new LayoutBuilder();
      const children: Json[] = [];
      for (const architecture of ["amd64", "arm64"]) {
        children.push({
          ...(await layout.image("m", architecture)),
          platform: { os: "linux", architecture },
        });
      }
      layout
        .root(layout.index(children), "site/multi:1")
        .root(await layout.image("app", "riscv64"), "site/app:1");
      return { files: { "a.tar": layout.tar(), "list.txt": "site/app:1\n" } };
    },
    args: ["--image-list", "list.txt", "--riscv64", "a.tar"],
    code: 0,
    published: ["site/app:1"],
    notTold: [/site\/multi/],
  },
  {
    title: "foreign layers that are elsewhere",
    make: () => windows(false),
    args: ["a.tar"],
    code: 0,
    published: ["site/pause:3.6"],
    told: [/warning: .*foreign and stay at mcr\.microsoft\.com/],
    notTold: [/--allow-foreign/],
  },
  {
    title: "foreign layers that are in the archive",
    make: () => windows(true),
    args: ["a.tar"],
    code: 0,
    published: ["site/pause:3.6"],
    told: [/warning: .*the archive has them: --allow-foreign/],
  },
  {
    title: "a chart under an image's name",
    make: async () => {
      const layout = new LayoutBuilder();
      layout.root(await layout.image("nats"), "site/nats:1").root(chart(layout), "site/nats:1");
      return { files: { "a.tar": layout.tar() } };
    },
    args: ["a.tar"],
    code: 64,
    published: [],
    told: [/TAG_COLLISION/],
  },
  {
    title: "a chart whose version has a plus",
    make: () => besideApp("site/charts/sonar:10.5.0+2748", chart),
    args: ["a.tar"],
    code: 0,
    published: ["site/app:1.0", "site/charts/sonar:10.5.0_2748"],
  },
  {
    title: "such a chart beside what the list names",
    make: async () => {
      const made = await besideApp("site/charts/sonar:10.5.0+2748", chart);
      return { ...made, files: { ...made.files, "list.txt": "site/app:1.0\n" } };
    },
    args: ["--image-list", "list.txt", "a.tar"],
    code: 0,
    published: ["site/app:1.0"],
    notTold: [/sonar/],
  },
  {
    title: "an artifact under the types of images, its config {}",
    make: () =>
      besideApp("site/policies:1", async (layout) => {
        const layer = layout.add(blob(gzipSync((await buildLayer("policy")).bytes)), oci.layerGzip);
        return layout.manifest(layout.add(jsonBlob({}), oci.config), [layer]);
      }),
    args: ["a.tar"],
    code: 0,
    published: ["site/app:1.0", "site/policies:1"],
  },
  {
    title: "a config without diffIDs",
    make: () =>
      besideApp("site/web:cache", (layout) => {
        const config = layout.config("", [], { os: "", rootfs: { type: "", diff_ids: null } });
        return layout.manifest(config, [
          layout.add(blob(randomBytes(500)), "application/vnd.oci.image.layer.nydus.blob.v1"),
        ]);
      }),
    args: ["a.tar"],
    code: 0,
    published: ["site/app:1.0", "site/web:cache"],
  },
  {
    title: "an encrypted layer",
    make: () =>
      besideApp("site/secret:1", async (layout) => {
        const config = layout.config("amd64", [await buildLayer("base")]);
        return layout.manifest(config, [layout.add(blob(randomBytes(600)), `${oci.layerGzip}+encrypted`)]);
      }),
    args: ["a.tar"],
    code: 0,
    published: ["site/app:1.0", "site/secret:1"],
    told: [/note: site\/secret:1 .*encrypted/],
  },
  {
    title: "checksums by path",
    make: async () => {
      const files: Record<string, Uint8Array | string> = {};
      let sums = "";
      for (const architecture of ["amd64", "arm64"]) {
        const { config, layers } = await buildImage({ architecture });
        const bytes = await dockerSave([{ tags: ["site/app:1"], config, layers }]).build();
        files[`${architecture}/images.tar`] = bytes;
        sums += `${createHash("sha256").update(bytes).digest("hex")}  ${architecture}/images.tar\n`;
      }
      return { files: { ...files, SHA256SUMS: sums } };
    },
    args: ["--checksums", "SHA256SUMS", "--amd64", "amd64/images.tar", "--arm64", "arm64/images.tar"],
    code: 0,
    published: ["site/app:1"],
  },
  {
    title: "two entries that differ in os.features only",
    make: async () => {
      const layout = new LayoutBuilder();
      const platform = { os: "linux", architecture: "amd64" };
      const index = layout.index([
        { ...(await layout.image("plain")), platform },
        { ...(await layout.image("nydus")), platform: { ...platform, "os.features": ["nydus.v1"] } },
      ]);
      const files = { "a.tar": layout.root(index, "site/web:1").tar() };
      return { files, digests: { "site/web:1": index["digest"] } };
    },
    args: ["a.tar"],
    code: 0,
    published: ["site/web:1"],
  },
  {
    title: "gzip under the type of a plain tar",
    make: () => layerAs(gzipSync, oci.layer),
    args: ["a.tar"],
    code: 0,
    published: ["site/odd:1"],
    told: [/warning: site\/odd:1 .*containerd trusts the type/],
  },
  {
    title: "zstd under the type of gzip",
    make: () => layerAs(zstdFrame, oci.layerGzip),
    args: ["a.tar"],
    code: 0,
    published: ["site/odd:1"],
    told: [/warning: site\/odd:1 .*is zstd under the type .*tar\+gzip": containerd trusts the type/],
  },
  {
    title: "a base layer that was left out",
    make: () => layerAs(() => Buffer.alloc(0), oci.layer),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/left out when the image was built/, /Copying the archive again does not help/],
  },
  {
    title: "a layer compressed with bzip2",
    make: () => layerAs(() => Buffer.from("BZh91AY&SY......"), oci.layer),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/compressed with bzip2/],
  },
  {
    title: "an empty config that its descriptor embeds",
    make: () => {
      const layout = new LayoutBuilder();
      const empty = layout.add(jsonBlob({}), "application/vnd.oci.empty.v1+json", { data: "e30=" });
      layout.lose(empty["digest"]);
      const layers = [layout.add(blob(Buffer.from("hello: world\n")), "application/yaml")];
      const root = layout.manifest(empty, layers, { artifactType: "application/vnd.site.settings" });
      const files = { "a.tar": layout.root(root, "site/settings:1").tar() };
      return { files, digests: { "site/settings:1": root["digest"] } };
    },
    args: ["a.tar"],
    code: 0,
    published: ["site/settings:1"],
  },
  ...[["--strict"], []].map((strict): Case => ({
    title: `schema 1 beside an image ${strict.join("")}`,
    make: () =>
      besideApp("site/old:1", (layout) => layout.add(jsonBlob({ schemaVersion: 1, fsLayers: [] }), schema1)),
    args: [...strict, "a.tar"],
    code: 1,
    published: strict.length ? [] : ["site/app:1.0"],
    told: [/site\/old:1.*schema 1/],
  })),
  {
    title: "schema 1 under the type of schema 2",
    make: () =>
      besideApp("site/old:1", (layout) =>
        layout.add(jsonBlob({ schemaVersion: 1, fsLayers: [] }), docker.manifest),
      ),
    args: ["a.tar"],
    code: 1,
    published: ["site/app:1.0"],
    told: [/site\/old:1.*schema 1/],
  },
  {
    title: "an artifact manifest",
    make: () =>
      besideApp("site/sig:1", (layout) =>
        layout.add(jsonBlob({ blobs: [] }), "application/vnd.oci.artifact.manifest.v1+json"),
      ),
    args: ["--strict", "a.tar"],
    code: 1,
    published: [],
    told: [/site\/sig:1.*artifact manifest/],
  },
  {
    title: "one image under two registries' names",
    make: async () => {
      const files: Record<string, TarBuilder> = {};
      for (const architecture of ["amd64", "arm64"]) {
        const { config, layers } = await buildImage({ architecture });
        const tags = ["k8s.gcr.io/pause:3.6", "registry.k8s.io/pause:3.6"];
        files[`${architecture}.tar`] = dockerSave([{ tags, config, layers }]);
      }
      return { files };
    },
    args: ["--amd64", "amd64.tar", "--arm64", "arm64.tar"],
    code: 0,
    published: ["pause:3.6"],
  },
  {
    title: "KubeKey's names",
    make: async () => {
      const layout = new LayoutBuilder();
      for (const architecture of ["amd64", "arm64"]) {
        layout.root(await layout.image("cni", architecture), `calico:cni:v3.23.2-${architecture}`);
      }
      return { files: { "a.tar": layout.tar("images/") } };
    },
    args: ["a.tar"],
    code: 0,
    published: ["calico/cni:v3.23.2"],
  },
  {
    title: "a name by digest alone",
    make: async () => {
      const layout = new LayoutBuilder();
      const image = await layout.image("ubi");
      return {
        files: { "a.tar": layout.root(image, `registry.example.com/ubi@${String(image["digest"])}`).tar() },
      };
    },
    args: ["a.tar"],
    code: 0,
    published: [],
    told: [/ubi@sha256:[0-9a-f]{64} +pushed/],
  },
  {
    title: "a name by the digest of something else",
    make: async () => {
      const layout = new LayoutBuilder();
      const name = `registry.example.com/ubi@sha256:${"0".repeat(64)}`;
      return { files: { "a.tar": layout.root(await layout.image("ubi"), name).tar() } };
    },
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/--name [0-9a-f]{12}=registry\.example\.com\/ubi:TAG/],
  },
  ...["quay.io/Site/Shout:1", "ocidir://site/shout:1"].map((name): Case => ({
    title: `a name that registries do not take, ${name}`,
    make: () => besideApp(name, (layout) => layout.image("shout")),
    args: ["a.tar"],
    code: 1,
    published: ["site/app:1.0"],
    told: [
      new RegExp(`failed .*${name}.*cannot read image name "${name}"`),
      /--name [0-9a-f]{12}=\S*site\/shout:1/,
      /1 new, 0 unchanged, 1 failed/,
    ],
  })),
  {
    title: "tags alone",
    make: async () => {
      const layout = new LayoutBuilder();
      layout.root(await layout.image("one"), "v1").root(await layout.image("two"), "v2");
      return { files: { "a.tar": layout.tar() } };
    },
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/only the tag v1/, /only the tag v2/],
  },
  {
    title: "a tag that leaves no room for an architecture's",
    make: async () => {
      const { config, layers } = await buildImage();
      return { files: { "a.tar": dockerSave([{ tags: [`site/x:${"t".repeat(125)}`], config, layers }]) } };
    },
    args: ["a.tar"],
    code: 0,
    published: [`site/x:${"t".repeat(125)}`],
    told: [/note: .*no tags of their own/],
  },
  {
    title: "an image list with tag and digest",
    make: async () => {
      const layout = new LayoutBuilder();
      const image = await layout.image("pin");
      const name = `docker.io/library/alpine:3.21@${String(image["digest"])}`;
      layout.root(image, name).root(await layout.image("other"), "site/other:1");
      return { files: { "a.tar": layout.tar(), "list.txt": `${name}\n` } };
    },
    args: ["--image-list", "list.txt", "a.tar"],
    code: 0,
    published: ["library/alpine:3.21"],
  },
  {
    title: "an architecture that nobody asks for",
    make: async () => {
      const { config, layers } = await buildImage({ architecture: "noarch" });
      return { files: { "a.tar": dockerSave([{ tags: ["site/data:1"], config, layers }]) } };
    },
    args: ["a.tar"],
    code: 0,
    published: ["site/data:1"],
    told: [/warning: site\/data:1 linux\/noarch/],
  },
  {
    title: "a layer without a path",
    make: async () => {
      const { config, layers } = await buildImage();
      return { files: { "a.tar": dockerSave([{ tags: ["site/empty:1"], config, layers, paths: [""] }]) } };
    },
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/site\/empty:1.*a layer without a path/],
  },
  {
    title: "an archive of docker save with a folder around it",
    make: async () => {
      const { config, layers } = await buildImage();
      return { files: { "a.tar": dockerSave([{ tags: ["site/app:1"], config, layers }], "app/") } };
    },
    args: ["a.tar"],
    code: 0,
    published: ["site/app:1"],
  },
  {
    title: "BuildKit's local cache",
    make: () => {
      const layout = new LayoutBuilder();
      const layer = layout.add(blob(gzipSync("cached")), oci.layerGzip);
      const cache = layout.add(jsonBlob({ layers: [] }), "application/vnd.buildkit.cacheconfig.v0");
      return { files: { "a.tar": layout.root(layout.index([layer, cache]), "latest").tar() } };
    },
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/BuildKit's build cache/],
  },
  {
    title: "PowerShell's text",
    make: lookAlike((archive) => Buffer.from(`\u{feff}${archive.toString("latin1")}`, "utf16le")),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/UTF-16.*PowerShell/, /docker save -o/],
  },
  {
    title: "base64",
    make: lookAlike((archive) => archive.toString("base64").replace(/.{76}/g, "$&\n")),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/base64 -d FILE/],
  },
  {
    title: "an error of a file server",
    make: lookAlike(() => '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/begins with "<\?xml version/],
    notTold: [/split archive/],
  },
  {
    title: "a line of text before the tar",
    make: lookAlike((archive) => Buffer.concat([Buffer.from("Unable to find image locally\r\n"), archive])),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/begins with "Unable to find image locally"/],
  },
  {
    title: "a mindthegap bundle",
    make: () => {
      const data = `docker/registry/v2/blobs/sha256/00/${"0".repeat(64)}/data`;
      const bundle = new TarBuilder().file("images.yaml", "docker.io: {}\n").file(data, "x");
      return { files: { "a.tar": bundle } };
    },
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/mindthegap/],
    notTold: [/oc-mirror/],
  },
  {
    title: "absolute names",
    make: async () => ({ files: { "a.tar": new TarBuilder().json("/data/manifest.json", []) } }),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/its names are absolute/],
  },
  {
    title: "xz in gzip",
    make: lookAlike(() => gzipSync(Buffer.from("fd377a585a0000", "hex"))),
    args: ["a.tar"],
    code: 65,
    published: [],
    told: [/gzip -dc FILE/],
  },
  {
    title: "several bad archives",
    make: async () => ({ files: { "a.tar": "<html>", "b.tar": "text only\n", "c.tar": await app() } }),
    args: ["a.tar", "b.tar", "c.tar"],
    code: 65,
    published: [],
    told: [/a\.tar": it is a web page/, /b\.tar": it is text/],
  },
];

async function writeFiles({ files }: Made): Promise<string> {
  const folder = await makeTempFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content instanceof TarBuilder ? await content.build() : content);
  }
  return folder;
}

async function load(
  registry: TestRegistry,
  made: Made,
  args: readonly string[],
): Promise<{ code: number | null; told: string }> {
  const folder = await writeFiles(made);
  const paths = args.map((arg) => (arg in made.files ? join(folder, arg) : arg));
  const { code, stdout, stderr } = await runCli(["--registry", registry.host, ...paths]);
  return { code, told: stdout + stderr };
}

/** Names of lists and artifacts; the children's own tags end with a platform. */
async function namesIn(registry: TestRegistry): Promise<string[]> {
  const tags = Object.keys(await registry.snapshot());
  return tags.filter((tag) => !/-(?:amd64|arm64|riscv64|noarch|windows)[^:]*$/.test(tag)).sort();
}

describe("odd archives come out as they should", () => {
  test.each(cases)("$title", async ({ make, args, code, published, told = [], notTold = [] }) => {
    await using registry = await startTestRegistry();
    const made = await make();
    const outcome = await load(registry, made, args);
    for (const text of told) expect(outcome.told).toMatch(text);
    for (const text of notTold) expect(outcome.told).not.toMatch(text);
    expect([outcome.code, await namesIn(registry)]).toEqual([code, published]);
    const promised = Object.entries(made.digests ?? {}).filter(([name]) => published.includes(name));
    for (const [name, digest] of promised) expect(await digestsUnder(registry, name)).toContain(digest);
  });

  test("foreign layers go up with --allow-foreign, also where they were left out before", async () => {
    await using registry = await startTestRegistry();
    const made = await windows(true);
    expect((await load(registry, made, ["a.tar"])).code).toBe(0);
    const outcome = await load(registry, made, ["--allow-foreign", "a.tar"]);
    expect(outcome.code).toBe(0);
    expect(outcome.told).toContain("1 replaced, 0 unchanged");
    const list = await registry.readTag("site/pause", "3.6");
    const child = list?.kind === "index" ? list.manifests[0] : undefined;
    const manifest = await registry.readTag("site/pause", child?.digest ?? "");
    if (manifest?.kind !== "manifest") throw new Error("the list has no image");
    expect(manifest.layers.map(({ mediaType, urls }) => [mediaType, urls])).toEqual([
      [docker.layerGzip, undefined],
      [docker.layerGzip, undefined],
    ]);
    for (const { digest } of manifest.layers) await registry.readBlob("site/pause", digest);
  });
});

test("a registry that takes no urls is told after a few tries, with what helps", async () => {
  const refusesUrls = faultFor(
    (request) => requestsFor.manifestPut(request) && request.headers["content-type"] === docker.manifest,
    refuse({ status: 500, code: "UNKNOWN", message: "unknown error" }),
  );
  await using registry = await startTestRegistry({ faults: [refusesUrls] });
  const outcome = await load(registry, await windows(true), ["a.tar"]);
  expect(outcome.code).toBe(77);
  expect(outcome.told).toMatch(/\[FOREIGN_LAYER\].*it takes no layers that are elsewhere/);
  expect(outcome.told).toMatch(/--allow-foreign from an archive that has the layers/);
  expect(
    registry.requests.filter(({ method, url }) => method === "PUT" && url.includes("/manifests/")),
  ).toHaveLength(3);
});

/** What a tag names, and what that lists. */
async function digestsUnder(registry: TestRegistry, name: string): Promise<string[]> {
  const root = await registry.readTag(...split(name));
  const children = root?.kind === "index" ? root.manifests : [];
  return [root?.descriptor, ...children].flatMap((descriptor) => descriptor?.digest ?? []);
}

/** What an item of an archive may be, and whether it can be published. */
const kinds: Readonly<
  Record<string, { isGood: boolean; add: (layout: LayoutBuilder, word: string) => Json | Promise<Json> }>
> = {
  image: { isGood: true, add: (layout, word) => layout.image(word) },
  chart: { isGood: true, add: chart },
  policies: {
    isGood: true,
    add: async (layout, word) => {
      const layer = layout.add(blob(gzipSync((await buildLayer(word)).bytes)), oci.layerGzip);
      return layout.manifest(layout.add(jsonBlob({ word }), oci.config), [layer]);
    },
  },
  "image without its layer": {
    isGood: false,
    add: async (layout, word) => {
      const image = await layout.image(word);
      layout.lose(layout.read(image).layers[0]?.["digest"]);
      return image;
    },
  },
  "image without its manifest": {
    isGood: false,
    add: async (layout, word) => {
      const image = await layout.image(word);
      layout.lose(image["digest"]);
      return image;
    },
  },
  "manifest of schema 1": {
    isGood: false,
    add: (layout, word) => layout.add(jsonBlob({ schemaVersion: 1, fsLayers: [], word }), schema1),
  },
  "manifest that is none": {
    isGood: false,
    add: (layout, word) => layout.add(jsonBlob({ word }), oci.manifest),
  },
  "unknown type": {
    isGood: false,
    add: (layout, word) => layout.add(jsonBlob({ word }), "application/x-odd"),
  },
  "config that is no JSON": {
    isGood: false,
    add: async (layout, word) => {
      const layer = layout.add(blob(gzipSync((await buildLayer(word)).bytes)), oci.layerGzip);
      return layout.manifest(layout.add(blob(Buffer.from(`{${word}`)), oci.config), [layer]);
    },
  },
  "fewer diffIDs than layers": {
    isGood: false,
    add: async (layout, word) => {
      const layer = await buildLayer(word);
      const zipped = layout.add(blob(gzipSync(layer.bytes)), oci.layerGzip);
      return layout.manifest(layout.config("amd64", [layer]), [zipped, zipped]);
    },
  },
};

test("of any mixture every good item is published, every bad one is named, and none is lost", async () => {
  const items = fc.array(
    fc.record({ kind: fc.constantFrom(...Object.keys(kinds)), isWanted: fc.boolean() }),
    { minLength: 1, maxLength: 8 },
  );
  const check = async (
    mixture: readonly { kind: string; isWanted: boolean }[],
    isListed: boolean,
  ): Promise<void> => {
    const layout = new LayoutBuilder();
    const named = mixture.map((item, at) => ({ ...item, name: `site/item${at}:1`, word: `word${at}` }));
    for (const { kind, name, word } of named) {
      layout.root(await (kinds[kind]?.add(layout, word) ?? layout.image(word)), name);
    }
    const asked = isListed ? named.filter(({ isWanted }) => isWanted) : named;
    if (asked.length === 0) return;
    const list = asked.map(({ name }) => `${name}\n`).join("");
    await using registry = await startTestRegistry();
    const made = { files: { "a.tar": layout.tar(), "list.txt": list } };
    const outcome = await load(registry, made, [...(isListed ? ["--image-list", "list.txt"] : []), "a.tar"]);
    const good = asked.filter(({ kind }) => kinds[kind]?.isGood).map(({ name }) => name);
    expect(await namesIn(registry)).toEqual(good.sort());
    for (const { name } of asked) expect(outcome.told).toContain(name);
    for (const { name } of named.filter((item) => !asked.includes(item))) {
      expect(outcome.told).not.toContain(name);
    }
    const failed = good.length > 0 ? 1 : 65;
    expect(outcome.code).toBe(good.length === asked.length ? 0 : failed);
  };
  await fc.assert(fc.asyncProperty(items, fc.boolean(), check), { numRuns: 40 });
});

test("damage of what is asked for stops everything, of what is not it does not", async () => {
  const layout = new LayoutBuilder();
  const bad = await layout.image("bad");
  layout.root(bad, "site/bad:1").root(await layout.image("good"), "site/good:1");
  layout.damage(layout.read(bad).layers[0]?.["digest"]);
  const made = { files: { "a.tar": layout.tar(), "list.txt": "site/good:1\n" } };
  await using registry = await startTestRegistry();
  expect((await load(registry, made, ["a.tar"])).code).toBe(65);
  expect(await namesIn(registry)).toEqual([]);
  expect((await load(registry, made, ["--image-list", "list.txt", "a.tar"])).code).toBe(0);
  expect(await namesIn(registry)).toEqual(["site/good:1"]);
});

function split(name: string): [repository: string, tag: string] {
  const colon = name.lastIndexOf(":");
  return [name.slice(0, colon), name.slice(colon + 1)];
}
