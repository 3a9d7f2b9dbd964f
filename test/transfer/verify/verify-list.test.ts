import { beforeEach, describe, expect, test } from "vitest";
import { buildManifest, type ImageIndex, parseManifest } from "../../../src/oci/manifest.ts";
import { formatPlatform, parsePlatform } from "../../../src/oci/platform.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import { planLoad } from "../../helpers/plan-load.ts";
import { type ExpectedList, startList } from "../../../src/transfer/verify/verify-list.ts";
import { planOptions } from "../../helpers/plan-options.ts";
import { buildImage, type ImageSpec, inspectSyntheticLayer } from "../../helpers/archives/source-image.ts";
import { storeList, storeSourceImage } from "../../helpers/archives/store-source-image.ts";
import { give } from "../../helpers/summarize-plan.ts";

const target = { repository: "rancher/pause", tag: "3.1" };
const { signal } = new AbortController();

describe("verifyList", () => {
  let storage: MemoryStorage;
  let list: ImageIndex;

  beforeEach(async () => {
    storage = new MemoryStorage();
    list = await storeList(storage, target.repository, target.tag, [
      { platform: "linux/amd64" },
      { platform: "linux/arm64" },
    ]);
  });

  interface Checks {
    readonly wanted?: readonly string[];
    readonly entries?: ExpectedList["entries"];
    readonly fast?: boolean;
  }

  /** `PLATFORM: problems`, with notes in parentheses. */
  async function verify({ wanted = [], entries = [], fast = false }: Checks = {}): Promise<string[]> {
    const repository = createStorageStore(storage).repository(target.repository);
    const expected = { source: "rancher/pause:3.1", target, entries, pins: [] };
    const options = { signal, ...(fast ? {} : { inspectLayer: inspectSyntheticLayer }) };
    const started = await startList(expected, wanted.map(parsePlatform), repository, options);
    const { images } = await started.finish();
    return images.map(({ platform, problems, notes }) => {
      const hidden = problems.join("; ").replaceAll(/[0-9a-f]{12}/g, "HEX");
      return `${formatPlatform(platform)}: ${hidden}${notes.map((note) => ` (${note})`).join("")}`;
    });
  }

  test("passes what is whole and what it says it is", async () => {
    expect(await verify({ wanted: ["amd64", "arm64"] })).toEqual(["linux/amd64: ", "linux/arm64: "]);
  });

  test("says which platforms lack, also of a tag that is not there", async () => {
    expect(await verify({ wanted: ["arm64", "linux/arm/v7"] })).toEqual([
      "linux/amd64: ",
      "linux/arm64: ",
      "linux/arm/v7: the list has no such image",
    ]);
    storage = new MemoryStorage();
    expect(await verify({ wanted: ["arm64"] })).toEqual(["linux/arm64: there is no such tag"]);
    expect(await verify()).toEqual(["/: there is no such tag"]);
  });

  test("believes binaries more than configs and lists", async () => {
    await storeList(storage, target.repository, target.tag, [
      { platform: "linux/amd64", config: "linux/amd64", machine: "386" },
      { platform: "linux/arm64", config: "linux/arm64", machine: "amd64" },
      { platform: "linux/arm/v7", config: "linux/amd64", machine: "arm" },
      { platform: "linux/s390x", config: "linux/amd64", machine: undefined },
    ]);
    expect(await verify()).toEqual([
      "linux/amd64: ",
      "linux/arm64: its binaries are amd64 (bin/app)",
      "linux/arm/v7:  (its config says amd64)",
      "linux/s390x: its config says amd64",
    ]);
    expect(await verify({ fast: true })).toEqual([
      "linux/amd64: ",
      "linux/arm64: ",
      "linux/arm/v7: its config says amd64",
      "linux/s390x: its config says amd64",
    ]);
  });

  test("finds what was lost or damaged", async () => {
    const [amd64, arm64] = list.manifests;
    const manifest = await storage.readManifest(target.repository, amd64?.digest ?? "");
    const image = parseManifest(manifest?.bytes ?? new Uint8Array(), "manifest");
    if (image.kind !== "manifest" || !image.layers[0] || !arm64) throw new Error("no image");
    await storage.deleteBlob(target.repository, image.layers[0].digest);
    expect((await verify())[0]).toBe("linux/amd64: its layer HEX is not there");
    await storage.deleteBlob(target.repository, image.config.digest);
    expect((await verify())[0]).toBe("linux/amd64: its config is not in the registry");
    await storage.deleteManifest(target.repository, arm64.digest);
    expect((await verify())[1]).toBe("linux/arm64: its manifest is not in the registry");
  });

  test("finds a layer that is not the one of the config", async () => {
    const image = buildImage({ manifest: "docker" });
    const other = buildImage({ manifest: "docker", salt: "other" });
    await storeSourceImage(storage, target.repository, { image: other });
    if (!image.manifest || !other.manifest) throw new Error("no manifests");
    await storeSourceImage(storage, target.repository, { image });
    const mixed = buildManifest("docker", image.manifest.config, other.manifest.layers);
    await storage.writeManifest(target.repository, mixed, target.tag);
    expect(await verify()).toEqual(["linux/amd64: its layer HEX is not the one that its config names"]);
  });

  test("compares with the image of an archive, as a load would publish it", async () => {
    expect(await verify({ entries: archived({ config: "linux/arm64" }) })).toEqual([
      "linux/amd64: ",
      "linux/arm64: ",
    ]);
    expect(await verify({ entries: archived({ config: "linux/arm64", salt: "other" }) })).toEqual([
      "linux/amd64: ",
      "linux/arm64: its image ID is HEX, that of the archive HEX",
    ]);
    expect(await verify({ entries: archived({ config: "linux/arm64", manifest: "oci" }) })).toEqual([
      "linux/amd64: ",
      "linux/arm64:  (it is that of the archive, converted to Docker's media types)",
    ]);
    expect(await verify({ entries: archived({ config: "linux/s390x" }) })).toContain(
      "linux/s390x: the list has no such image",
    );
  });
});

/** What a load of one such image would have brought. */
function archived(spec: ImageSpec): ExpectedList["entries"] {
  return planLoad([give("", [buildImage(spec)])], planOptions()).lists.flatMap(({ entries }) => entries);
}
