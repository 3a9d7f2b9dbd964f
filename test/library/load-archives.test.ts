import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AirgapError, load, type LoadEvent } from "../../src/index.ts";
import { openOciLayout } from "../../src/storage/directory/oci-layout.ts";
import {
  k3sArchive,
  k3sNames,
  type K3sArchitecture,
  type K3sWriter,
} from "../helpers/archives/k3s-samples.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";

const arm64 = archiveOf("docker20", "arm64");
const arm = archiveOf("docker20", "arm");

function archiveOf(
  writer: K3sWriter,
  architecture: K3sArchitecture,
): { readonly from: string; readonly platform: string } {
  return { from: samplePath(k3sArchive(writer, architecture)), platform: architecture };
}

describe("load as a library", () => {
  test("publishes one list per name in a registry, and tells what happens", async () => {
    await using registry = await startTestRegistry();
    const events: LoadEvent[] = [];
    const report = await load({
      archives: [arm64, arm],
      to: { registry: registry.host },
      onEvent: (event) => void events.push(event),
    });
    expect(report.totals).toMatchObject({ lists: k3sNames.length, failed: 0 });
    expect(report.registry).toBe(registry.host);
    expect(await registry.tags("rancher/pause")).toEqual(["3.1", "3.1-arm", "3.1-arm64"]);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([
        "scanning",
        "bringing",
        "brought",
        "scanned",
        "planned",
        "uploading",
        "blob",
        "prepared",
        "published",
        "warning",
        "list",
      ]),
    );
  });

  test("tells as many blobs and bytes in its plan as are then read, image by image", async () => {
    await using registry = await startTestRegistry();
    const events: LoadEvent[] = [];
    const to = { registry: registry.host };
    await load({ archives: [arm64, arm], to, onEvent: (event) => void events.push(event) });
    const blobs = events.flatMap((event) => (event.type === "blob" ? event : []));
    const bytes = blobs.reduce((sum, { size, stored = size }) => sum + stored, 0);
    expect(events.find(({ type }) => type === "planned")).toMatchObject({
      images: 16,
      parts: { blobs: blobs.length, bytes },
    });
    const begun = events.flatMap((event) => (event.type === "bringing" ? event : []));
    for (const { image, parts } of begun) {
      expect(blobs.filter((blob) => blob.image === image)).toHaveLength(parts.blobs);
    }
  });

  test("writes a folder from a stream, under other names, without tags for each platform", async () => {
    const layout = await makeTempFolder();
    const report = await load({
      archives: [{ ...arm, from: createReadStream(arm.from) }],
      to: { layout },
      imageList: ["rancher/pause:3.1"],
      rename: ["rancher/*=mirror/*"],
      archTag: false,
    });
    await using store = await openOciLayout(layout, { readOnly: true });
    expect(await store.repository("mirror/pause").listTags()).toEqual(["3.1"]);
    expect(report.lists.map(({ digest }) => digest)).toEqual([
      (await store.repository("mirror/pause").resolve("3.1"))?.digest,
    ]);
  });

  test("plans where it is given no destination", async () => {
    const report = await load({ archives: [arm64] });
    expect(report).toMatchObject({ dryRun: true, totals: { lists: k3sNames.length, blobsPushed: 0 } });
  });

  test("plans for a folder that is not there, and leaves it so", async () => {
    const layout = join(await makeTempFolder(), "images");
    const report = await load({ archives: [arm64], to: { layout }, dryRun: true });
    expect(report).toMatchObject({ dryRun: true, totals: { lists: k3sNames.length } });
    expect(existsSync(layout)).toBe(false);
  });

  test("uses layers that are there under another digest, and keeps what it found out", async () => {
    const cacheDir = await makeTempFolder();
    await using registry = await startTestRegistry();
    const request = { to: { registry: registry.host }, imageList: ["rancher/pause:3.1"], cacheDir };
    await load({ ...request, archives: [archiveOf("docker26-containerd", "arm64")] });
    const again = await load({ ...request, archives: [archiveOf("docker26", "arm64")], reuseLayers: true });
    expect(again.totals).toMatchObject({ blobsPushed: 1, failed: 0 });
    expect(await readFile(join(cacheDir, "known-layers"), "latin1")).toMatch(
      /(?:sha256:\w{64} ){2}\d+ gzip$/m,
    );
  });

  test("throws an AirgapError where nothing can be published", async () => {
    const wrong = load({ archives: [{ ...arm64, platform: "amd64" }] });
    await expect(wrong).rejects.toBeInstanceOf(AirgapError);
    await expect(wrong).rejects.toMatchObject({ code: "PLATFORM_UNSETTLED" });
    const imagePlatforms = Object.fromEntries(k3sNames.map((name) => [name, "linux/arm64"]));
    await expect(
      load({ archives: [{ ...arm64, platform: "amd64" }], imagePlatforms }),
    ).resolves.toBeDefined();
  });

  test("checks an archive against its sum", async () => {
    await expect(load({ archives: [{ ...arm64, sha256: "0".repeat(64) }] })).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
    });
  });

  test("ends with the signal's reason, and leaves no tag", async () => {
    await using registry = await startTestRegistry();
    const abort = new AbortController();
    const loading = load({
      archives: [arm64],
      to: { registry: registry.host },
      onEvent: ({ type }) => type === "blob" && abort.abort(new Error("enough")),
      signal: abort.signal,
    });
    await expect(loading).rejects.toThrow("enough");
    expect(await registry.snapshot()).toEqual({});
  });
});
