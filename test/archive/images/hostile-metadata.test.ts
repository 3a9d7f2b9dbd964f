import { note } from "../../../src/content/notice.ts";
import { describe, expect, test } from "vitest";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import {
  type Blob,
  type BuiltImage,
  buildImage,
  descriptorOf,
  indexOf,
  jsonBlob,
  manifestOf,
  named,
} from "../../helpers/archives/built-image.ts";
import { openBuilt, readBuilt } from "../../helpers/archives/read-built.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";
import { cpuTimeOf } from "../../helpers/cpu-time.ts";

/** The rows of archives.md 6 that concern JSON, names, digests and links. */

const image = await buildImage({ layers: ["a", "b"] });
const [layerA, layerB] = image.layers as [Blob, Blob];

interface Item {
  readonly Config?: unknown;
  readonly RepoTags?: unknown;
  readonly Layers?: unknown;
}

/** docker save of one image, with lies in its item. */
function dockerSave(lies: Item = {}): TarBuilder {
  return new TarBuilder()
    .file("c.json", image.config.bytes)
    .file("a.tar", layerA.bytes)
    .file("b.tar", layerB.bytes)
    .json("manifest.json", [{ Config: "c.json", RepoTags: ["app:1"], Layers: ["a.tar", "b.tar"], ...lies }]);
}

/** An OCI layout of one image whose manifest is given as bytes. */
function layout(manifest: Blob, blobs: readonly Blob[], type: string = mediaTypes.oci.manifest): TarBuilder {
  return new TarBuilder()
    .blobs(manifest, ...blobs)
    .file("index.json", indexOf(descriptorOf(manifest, type, named("app:1"))).bytes);
}

const imageParts = [image.config, ...image.gzipLayers];

async function errorOf(tar: TarBuilder): Promise<AirgapError> {
  try {
    await readBuilt(tar);
  } catch (error) {
    if (error instanceof AirgapError) return error;
    throw error;
  }
  throw new Error("it was read");
}

test("without a lie the archives are read", async () => {
  expect((await readBuilt(dockerSave())).images).toHaveLength(1);
  expect((await readBuilt(layout(image.manifest, imageParts))).images).toHaveLength(1);
});

describe("paths in manifest.json", () => {
  test.each([
    ["a layer that climbs out", { Layers: ["../../etc/passwd", "b.tar"] }],
    ["a layer by absolute path", { Layers: ["/etc/passwd", "b.tar"] }],
    ["a config that climbs out", { Config: "../c.json" }],
    ["a config by absolute path", { Config: "/c.json" }],
    ["no config", { Config: null }],
    ["a folder as layer", { Layers: [".", "b.tar"] }],
    ["a layer named __proto__", { Layers: ["__proto__", "b.tar"] }],
  ])("%s is not in the archive", async (_, lies) => {
    expect(await errorOf(dockerSave(lies))).toMatchObject({ code: "ARCHIVE_INCOMPLETE", exitCode: 65 });
  });

  test.each([
    ["/etc/passwd", "ARCHIVE_INCOMPLETE"],
    ["../../../etc/passwd", "ARCHIVE_INCOMPLETE"],
    ["link.tar", "ARCHIVE_INVALID"],
  ])("a layer that is a link to %s is refused", async (target, code) => {
    const tar = dockerSave({ Layers: ["link.tar", "b.tar"] }).symlink("link.tar", target);
    expect(await errorOf(tar)).toMatchObject({ code, exitCode: 65 });
  });

  test("the missing entry and the image that wants it are named, without control characters", async () => {
    const error = await errorOf(
      dockerSave({ RepoTags: ["a\u{1b}]0;x\u{7}"], Layers: ["\u{1b}[31mx", "b.tar"] }),
    );
    expect(error.message).toBe(
      String.raw`Cannot read image "a\u{1b}]0;x\u{7}": "\u{1b}[31mx" is not in the archive`,
    );
  });
});

describe("digests", () => {
  test("a layer that is not the one its config wants is named with both digests", async () => {
    const error = await errorOf(dockerSave({ Layers: ["b.tar", "a.tar"] }));
    expect(error).toMatchObject({ code: "DIFFID_MISMATCH", exitCode: 65 });
    expect(error.message).toBe(
      `Cannot read layer "b.tar" of image "app:1": it holds ${layerB.digest}, the image's config wants ${layerA.digest}`,
    );
  });

  test("one path for two diffIDs is a mismatch", async () => {
    expect(await errorOf(dockerSave({ Layers: ["a.tar", "a.tar"] }))).toMatchObject({
      code: "DIFFID_MISMATCH",
    });
  });

  test.each([[["a.tar"]], [["a.tar", "b.tar", "b.tar"]], [null]])(
    "a wrong number of layers is refused: %j",
    async (Layers) => {
      const error = await errorOf(dockerSave({ Layers }));
      expect(error.message).toMatch(
        /^Cannot read image "app:1": its manifest lists \d layers, its config 2$/,
      );
    },
  );

  test("a config under blobs/ must have the digest in its name", async () => {
    const path = `blobs/sha256/${"0".repeat(64)}`;
    const error = await errorOf(dockerSave({ Config: path }).file(path, image.config.bytes));
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH", exitCode: 65 });
    expect(error.message).toBe(
      `Cannot read image "app:1": cannot read blob "${path}": it holds ${image.config.digest}`,
    );
  });

  test.each([`${"0".repeat(64)}.json`, `sha256:${"0".repeat(64)}`])(
    "a config named %s after another digest is noted",
    async (path) => {
      const { images, notices } = await readBuilt(
        dockerSave({ Config: path }).file(path, image.config.bytes),
      );
      expect(images[0]?.config.digest).toBe(image.config.digest);
      expect(notices).toEqual([
        note(`config "${path}" is named after another digest than its own, ${image.config.digest}`),
      ]);
    },
  );

  test.each([
    ["manifest", image.manifest],
    ["config", image.config],
    ["layer", image.gzipLayers[1] as Blob],
  ])("bytes of a %s that differ from their name are refused", async (_, part) => {
    const tar = new TarBuilder();
    for (const other of [image.manifest, ...imageParts]) {
      const bytes = other === part ? Buffer.concat([other.bytes, Buffer.from(" ")]) : other.bytes;
      tar.file(`blobs/sha256/${other.hex}`, bytes);
    }
    tar.file("index.json", indexOf(descriptorOf(image.manifest, undefined, named("app:1"))).bytes);
    const error = await errorOf(tar);
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH", exitCode: 65 });
    expect(error.message).toContain(`"blobs/sha256/${part.hex}"`);
  });

  test("a size other than the announced one is refused", async () => {
    const [first, second] = image.gzipLayers as [Blob, Blob];
    const manifest = jsonBlob({
      schemaVersion: 2,
      config: descriptorOf(image.config, mediaTypes.oci.config),
      layers: [
        { ...descriptorOf(first, mediaTypes.oci.layerGzip), size: 5 },
        descriptorOf(second, mediaTypes.oci.layerGzip),
      ],
    });
    const error = await errorOf(layout(manifest, imageParts));
    expect(error.message).toBe(
      `Cannot read image "app:1": cannot read blob "blobs/sha256/${first.hex}": it has ${first.bytes.length} bytes, 5 were announced`,
    );
  });

  test("a compressed layer that is not what the config wants is refused", async () => {
    const manifest = manifestOf(image.config, image.gzipLayers.toReversed());
    expect(await errorOf(layout(manifest, imageParts))).toMatchObject({ code: "DIFFID_MISMATCH" });
  });

  test.each([
    "sha256:../../../../etc/passwd",
    `sha256:${"A".repeat(64)}`,
    `md5:${"a".repeat(32)}`,
    "sha256:",
    `sha256:${"a".repeat(64)}\n`,
    "",
  ])("digest %j is malformed", async (digest) => {
    const descriptor = { mediaType: mediaTypes.oci.manifest, digest, size: 2 };
    const tar = new TarBuilder().file("index.json", indexOf(descriptor).bytes);
    expect(await errorOf(tar)).toMatchObject({ code: "DIGEST_INVALID", exitCode: 65 });
  });

  test("sha512 is refused, since nothing here was hashed with it", async () => {
    const hex = "b".repeat(128);
    const descriptor = { mediaType: mediaTypes.oci.manifest, digest: `sha512:${hex}`, size: 2 };
    const tar = new TarBuilder()
      .file(`blobs/sha512/${hex}`, "{}")
      .file("index.json", indexOf(descriptor).bytes);
    expect(await errorOf(tar)).toMatchObject({ code: "ARCHIVE_UNSUPPORTED", exitCode: 65 });
  });
});

describe("JSON", () => {
  const config = (text: string): TarBuilder => dockerSave({ Config: "x.json" }).file("x.json", text);
  const own = image.config.bytes.toString();

  test.each([
    ["a config with a byte order mark", config(`\u{feff}${own}`), "JSON_INVALID"],
    ["a config with something behind it", config(`${own}{}`), "JSON_INVALID"],
    [
      "a config with a key twice",
      config(own.replace("{", '{"rootfs":{"type":"layers","diff_ids":[]},')),
      "JSON_INVALID",
    ],
    [
      "a config with rootfs twice, in different case",
      config(own.replace("{", '{"RootFS":{"type":"layers","diff_ids":[]},')),
      "JSON_INVALID",
    ],
    [
      "a manifest with layers twice, in different case",
      layout(
        jsonBlob({ ...(JSON.parse(image.manifest.bytes.toString()) as object), Layers: [] }),
        imageParts,
      ),
      "JSON_INVALID",
    ],
    ["a config that is no image's", config("{}"), "CONFIG_INVALID"],
    ["a config that is null", config("null"), "JSON_INVALID"],
    [
      "a config that is not UTF-8",
      dockerSave({ Config: "x" }).file("x", Buffer.from([0x22, 0xff, 0x22])),
      "JSON_INVALID",
    ],
    ["a malformed diffID", config('{"rootfs":{"diff_ids":["sha256:x","sha256:y"]}}'), "DIGEST_INVALID"],
    [
      "an index.json that is a manifest",
      new TarBuilder().file("index.json", image.manifest.bytes),
      "ARCHIVE_INVALID",
    ],
    ["an index.json that is nothing", new TarBuilder().json("index.json", {}), "MANIFEST_INVALID"],
  ])("%s is refused", async (_, tar, code) => {
    expect(await errorOf(tar)).toMatchObject({ code, exitCode: 65 });
  });

  test("labels may differ in case only", async () => {
    const labelled = await buildImage({ config: { config: { Labels: { a: "1", A: "2" } } } });
    const tar = layout(labelled.manifest, [labelled.config, ...labelled.gzipLayers]);
    expect((await readBuilt(tar)).images).toHaveLength(1);
  });

  test("a document that is manifest and index at once is refused (CVE-2021-41190)", async () => {
    const both = jsonBlob({ ...(JSON.parse(image.manifest.bytes.toString()) as object), manifests: [] });
    expect(await errorOf(layout(both, imageParts))).toMatchObject({ code: "MANIFEST_INVALID", exitCode: 65 });
  });

  test.each([mediaTypes.oci.index, mediaTypes.docker.manifest])(
    "a manifest announced as %s is refused",
    async (type) => {
      expect(await errorOf(layout(image.manifest, imageParts, type))).toMatchObject({
        code: "MANIFEST_INVALID",
      });
    },
  );

  test("a config, or a manifest.json, of too many bytes is refused before it is read", async () => {
    const large = await errorOf(config(own + " ".repeat(8 * 1024 * 1024)));
    expect(large.message).toMatch(
      /^Cannot read image "app:1": cannot read "x.json": want at most 8388608 bytes of metadata, got \d+$/,
    );
    const list = new TarBuilder().file("manifest.json", `[]${" ".repeat(20 * 1024 * 1024)}`);
    expect(await errorOf(list)).toMatchObject({ code: "ARCHIVE_INVALID", exitCode: 65 });
  });

  test("eight thousand items for one large config are read in no time, as one image", async () => {
    const labels = Array.from({ length: 20_000 }, (_, i) => [`label${i}`, "x".repeat(20)]);
    const { config: large, layers } = await buildImage({
      config: { config: { Labels: Object.fromEntries(labels) } },
    });
    const items = Array.from({ length: 8000 }, (_, i) => ({
      Config: "c",
      RepoTags: [`app:${i}`],
      Layers: ["l"],
    }));
    const tar = new TarBuilder()
      .file("c", large.bytes)
      .file("l", layers[0]?.bytes ?? "")
      .json("manifest.json", items);
    const spent = await cpuTimeOf(async () => {
      const { images } = await readBuilt(tar);
      expect(images.map(({ names }) => names.length)).toEqual([8000]);
    });
    expect(spent).toBeLessThan(10_000);
  });
});

test("cut off at any block, an archive is refused, unless only its end mark is gone", async () => {
  const tar = await dockerSave().build();
  const outcomes: string[] = [];
  for (let size = 0; size < tar.length; size += 512) {
    try {
      const { images } = await readBuilt(tar.subarray(0, size));
      outcomes.push(`${images.length} image`);
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      outcomes.push(`exit ${error.exitCode}`);
    }
  }
  const blocks = tar.length / 512;
  const refused = Array.from({ length: blocks - 2 }, () => "exit 65");
  expect(outcomes).toEqual([...refused, "1 image", "1 image"]);
});

describe("names", () => {
  test("whatever an archive calls an image is kept as written, for the plan to judge", async () => {
    const RepoTags = ["UPPER:1", "a\u{1b}[2J:1", "__proto__:1", "a:b:c", "../../x"];
    const { images } = await readBuilt(dockerSave({ RepoTags }));
    expect(images[0]?.names).toEqual(RepoTags);
  });

  test.each([
    ["manifest.json", dockerSave({ RepoTags: Array.from({ length: 8001 }, () => "a") })],
    [
      "repositories",
      dockerSave({ RepoTags: null }).json("repositories", {
        a: Object.fromEntries(Array.from({ length: 8001 }, (_, i) => [`t${i}`, "b"])),
      }),
    ],
    [
      "index.json",
      new TarBuilder().file(
        "index.json",
        indexOf(...Array.from({ length: 8001 }, () => descriptorOf(image.config))).bytes,
      ),
    ],
  ])("more names than any archive has are refused in %s", async (_, tar) => {
    expect((await errorOf(tar)).message).toBe(
      "Cannot read archive: it gives 8001 names, at most 8000 are read",
    );
  });

  test("what an index lists under more names than any archive has is refused before each of it gets them all", async () => {
    const platforms = Array.from({ length: 200 }, (_, i) => ({
      ...descriptorOf(image.manifest),
      platform: { os: "linux", architecture: `a${i}` },
    }));
    const index = indexOf(...platforms);
    const root = (name: string): object => descriptorOf(index, mediaTypes.oci.index, named(name));
    const names = Array.from({ length: 7999 }, (_, i) => root(`docker.io/library/app:${i}`));
    const alone = descriptorOf(image.manifest, mediaTypes.oci.manifest, named("docker.io/library/alone:1"));
    const { images, faults } = await openBuilt(
      new TarBuilder()
        .blobs(index, image.manifest, ...imageParts)
        .file("index.json", indexOf(...names, alone).bytes),
    );
    expect(faults.map(({ error, names: { length } }) => [error.code, error.exitCode, length])).toEqual([
      ["ARCHIVE_INVALID", 65, 7999],
    ]);
    expect(faults[0]?.error.message).toContain(
      'cannot read image "docker.io/library/app:0": it lists too much under too many names, at most 50000 images and names of each are read',
    );
    expect(images.map((each) => each.names)).toEqual([["docker.io/library/alone:1"]]);
  });

  test("referrers that an index lists under more names than any archive has are refused before each gets them all", async () => {
    const referrers = Array.from({ length: 300 }, (_, i) =>
      jsonBlob({
        schemaVersion: 2,
        mediaType: mediaTypes.oci.manifest,
        artifactType: `application/x${i}`,
        config: descriptorOf(image.config),
        layers: [],
        subject: descriptorOf(image.manifest, mediaTypes.oci.manifest),
      }),
    );
    const index = indexOf(...referrers.map((each) => descriptorOf(each, mediaTypes.oci.manifest)));
    const tag = `sha256-${image.manifest.hex}`;
    const roots = Array.from({ length: 200 }, (_, i) =>
      descriptorOf(index, mediaTypes.oci.index, named(`docker.io/library/app${i}:${tag}`)),
    );
    const { faults, referrers: read } = await openBuilt(
      new TarBuilder()
        .blobs(index, ...referrers, image.manifest, ...imageParts)
        .file("index.json", indexOf(...roots).bytes),
    );
    expect(faults.map(({ error }) => error.code)).toEqual(["ARCHIVE_INVALID"]);
    expect(read).toEqual([]);
  });

  test("eight thousand bad names for one image are read in no time", async () => {
    const items = [1, 2].map((part) => ({
      Config: "c.json",
      RepoTags: Array.from({ length: 3999 }, (_, i) => `${part}:BAD:${i}`),
      Layers: ["a.tar", "b.tar"],
    }));
    const tar = new TarBuilder()
      .file("c.json", image.config.bytes)
      .file("a.tar", layerA.bytes)
      .file("b.tar", layerB.bytes)
      .json("manifest.json", items);
    const spent = await cpuTimeOf(async () => {
      expect((await readBuilt(tar)).images[0]?.names).toHaveLength(7998);
    });
    expect(spent).toBeLessThan(20_000);
  });

  test("two images with one name stay two", async () => {
    const other: BuiltImage = await buildImage({ layers: ["other"] });
    const tar = new TarBuilder()
      .file("1", image.config.bytes)
      .file("a.tar", layerA.bytes)
      .file("b.tar", layerB.bytes)
      .file("2", other.config.bytes)
      .file("o.tar", other.layers[0]?.bytes ?? "")
      .json("manifest.json", [
        { Config: "1", RepoTags: ["app:1"], Layers: ["a.tar", "b.tar"] },
        { Config: "2", RepoTags: ["docker.io/library/app:1"], Layers: ["o.tar"] },
      ]);
    const { images } = await readBuilt(tar);
    expect(images.map(({ names }) => names)).toEqual([["app:1"], ["docker.io/library/app:1"]]);
  });
});

describe("layers", () => {
  test("more than any image has are refused, however small the archive is", async () => {
    const image = await buildImage();
    const [layer] = image.layers;
    const config = jsonBlob({ rootfs: { diff_ids: Array.from({ length: 1001 }, () => layer!.digest) } });
    const archive = new TarBuilder()
      .file("layer.tar", layer!.bytes)
      .file("config.json", config.bytes)
      .json("manifest.json", [
        { Config: "config.json", RepoTags: ["x:1"], Layers: Array.from({ length: 1001 }, () => "layer.tar") },
      ]);
    await expect(readBuilt(archive)).rejects.toThrow("it has 1001 layers, at most 1000 are read");
  });

  test("more than all images of an archive have are refused", async () => {
    const image = await buildImage({ layers: Array.from({ length: 900 }, () => "base") });
    const children = Array.from({ length: 56 }, (_, i) =>
      descriptorOf(image.manifest, undefined, {
        platform: { os: "linux", architecture: "arm", variant: `v${i}` },
      }),
    );
    const index = indexOf(...children);
    const archive = new TarBuilder()
      .json("oci-layout", { imageLayoutVersion: "1.0.0" })
      .blobs(image.config, image.gzipLayers[0]!, image.manifest, index)
      .file("index.json", indexOf(descriptorOf(index, mediaTypes.oci.index, named("x:1"))).bytes);
    await expect(readBuilt(archive)).rejects.toThrow("have more layers, at most 50000 are read");
  });
});
