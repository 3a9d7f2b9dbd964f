import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceImage } from "../../../src/content/image-source.ts";
import { formatPlatform } from "../../../src/oci/platform.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import { loadImages, summarizeLists } from "../../helpers/archives/load-images.ts";
import { faultFor, pingAsZot, refuse, requestsFor } from "../../helpers/registries/registry-faults.ts";
import {
  buildArtifact,
  buildImage,
  type ImageSpec,
  indexImages,
} from "../../helpers/archives/source-image.ts";
import { give, image } from "../../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const architectures = ["amd64", "arm64", "arm/v7"] as const;
const pause = "rancher/pause:3.1";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

/** An archive for each architecture, with these names in each. */
function archives(...names: string[]): ReturnType<typeof give>[] {
  return architectures.map((architecture) =>
    give(
      architecture.split("/")[0] ?? "",
      names.map((name) => buildImage({ config: `linux/${architecture}`, names: [name], salt: name })),
    ),
  );
}

describe("what is sent, and when", () => {
  const names = [pause, "rancher/coredns:1", "busybox:1"];

  test("one list per name, an entry per archive, its children under tags of their own", async () => {
    const report = await loadImages(registry.host, archives(pause));
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 pushed, arm64 pushed, arm/v7 pushed`]);
    const list = await registry.readTag("rancher/pause", "3.1");
    expect(list?.descriptor.mediaType).toBe(mediaTypes.docker.index);
    expect(report.lists[0]?.digest).toBe(list?.descriptor.digest);
    const children = list?.kind === "index" ? list.manifests : [];
    expect(children.map(({ platform }) => platform && formatPlatform(platform))).toEqual([
      "linux/amd64",
      "linux/arm64",
      "linux/arm/v7",
    ]);
    expect(await registry.snapshot()).toEqual({
      "rancher/pause:3.1": list?.descriptor.digest,
      "rancher/pause:3.1-amd64": children[0]?.digest,
      "rancher/pause:3.1-arm64": children[1]?.digest,
      "rancher/pause:3.1-arm": children[2]?.digest,
    });
    expect(registry.failures).toEqual([]);
  });

  test("children get no tags where a registry keeps what only a list names, but those that exist are kept current", async () => {
    const tidy = pingAsZot();
    registry.faults = [tidy];
    await loadImages(registry.host, archives(pause));
    expect(await registry.tags("rancher/pause")).toEqual(["3.1"]);
    registry.faults = [];
    await loadImages(registry.host, archives(pause));
    const before = await registry.snapshot();
    expect(Object.keys(before)).toHaveLength(4);
    registry.faults = [tidy];
    const fresh = ["amd64", "arm64"].map((word) =>
      give(word, [buildImage({ config: `linux/${word}`, names: [pause], layers: [{ salt: "new" }] })]),
    );
    await loadImages(registry.host, fresh);
    const list = await registry.readTag("rancher/pause", "3.1");
    const children = list?.kind === "index" ? list.manifests.map(({ digest }) => digest) : [];
    const after = await registry.snapshot();
    expect(children).toContain(after["rancher/pause:3.1-amd64"]);
    expect(children).toContain(after["rancher/pause:3.1-arm"]);
  });

  test("children without tags of their own are pushed by digest", async () => {
    await loadImages(registry.host, archives(pause), { archTag: false });
    expect(await registry.tags("rancher/pause")).toEqual(["3.1"]);
  });

  test("children go up after their blobs, the lists after all children, and the children's tags last", async () => {
    await loadImages(registry.host, archives(...names));
    const puts = registry.requests.filter(({ method }) => method === "PUT").map(({ url }) => url);
    const kinds = puts.map((url) =>
      url.includes("/blobs/")
        ? "blob"
        : /manifests\/[\d.]+$/.test(url)
          ? "list"
          : url.includes("/manifests/sha256:")
            ? "child"
            : "tag",
    );
    for (const [kind, count] of [
      ["child", 9],
      ["list", 3],
      ["tag", 9],
    ] as const) {
      expect(kinds.filter((each) => each === kind)).toHaveLength(count);
    }
    expect(kinds.lastIndexOf("child")).toBeLessThan(kinds.indexOf("list"));
    for (const name of names) {
      const own = puts.filter((url) => url.includes(`/${name.split(":")[0]}/manifests/`));
      const list = own.findIndex((url) => /manifests\/[\d.]+$/.test(url));
      expect(own.findIndex((url) => !url.includes("sha256:"))).toBe(list);
    }
    for (const repository of ["rancher/pause", "rancher/coredns", "library/busybox"]) {
      const own = puts.flatMap((url, i) => (url.startsWith(`/v2/${repository}/`) ? (kinds[i] ?? []) : []));
      expect(own.filter((kind) => kind === "blob").length).toBeGreaterThan(0);
    }
  });

  test("a second run sends nothing and says unchanged", async () => {
    const first = await loadImages(registry.host, archives(...names));
    registry.requests.length = 0;
    const second = await loadImages(registry.host, archives(...names));
    for (const line of summarizeLists(second)) {
      expect(line).toMatch(/: amd64 unchanged, arm64 unchanged, arm\/v7 unchanged$/);
    }
    expect(second.lists.map(({ digest }) => digest)).toEqual(first.lists.map(({ digest }) => digest));
    expect(second.lists.every(({ previous }) => previous === undefined)).toBe(true);
    expect(second.totals).toMatchObject({ blobsPushed: 0, bytesPushed: 0, blobsMounted: 0, failed: 0 });
    expect(registry.requests.filter(({ method }) => method === "PUT")).toEqual([]);
  });

  test("the order of archives and how many are loaded at a time change no digest", async () => {
    const whole = await loadImages(registry.host, archives(...names));
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      await using other = await startTestRegistry();
      for (const i of order) await loadImages(other.host, archives(...names).slice(i, i + 1));
      expect(await other.snapshot()).toEqual(await registry.snapshot());
    }
    expect(whole.lists).toHaveLength(3);
  });

  test("a blob that two repositories share is sent once and mounted", async () => {
    const shared = buildImage({ names: [pause, "mirror/pause:3.1"] });
    const report = await loadImages(registry.host, [give("amd64", [shared])]);
    expect(report.totals).toMatchObject({ lists: 2, failed: 0, blobsPushed: 2, blobsMounted: 2 });
    expect(
      registry.requests.filter(({ method, url }) => method === "PUT" && url.includes("/blobs/")),
    ).toHaveLength(2);
  });

  test("events tell of every archive, blob and list, and the totals add them up", async () => {
    const events: LoadEvent[] = [];
    const report = await loadImages(registry.host, archives(pause), {
      onEvent: (event) => events.push(event),
    });
    const types = new Map<string, number>();
    for (const { type } of events) types.set(type, (types.get(type) ?? 0) + 1);
    expect(types.get("scanned")).toBe(3);
    expect(types.get("blob")).toBe(6);
    expect(types.get("list")).toBe(1);
    const bytes = events
      .flatMap((event) => (event.type === "blob" ? event.size : []))
      .reduce((a, b) => a + b, 0);
    expect(report.totals).toMatchObject({ lists: 1, failed: 0, blobsPushed: 6, bytesPushed: bytes });
  });
});

describe("families and own manifests", () => {
  test("an own manifest goes up byte for byte, and its list is an OCI index", async () => {
    const promised = own("arm64");
    await loadImages(registry.host, [give("arm64", [promised]), give("amd64", [image("amd64")])]);
    const list = await registry.readTag("rancher/pause", "3.1");
    expect(list?.descriptor.mediaType).toBe(mediaTypes.oci.index);
    const children = list?.kind === "index" ? list.manifests : [];
    expect(children.map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.oci.manifest,
      mediaTypes.oci.manifest,
    ]);
    expect(children[1]?.digest).toBe(promised.manifest?.descriptor.digest);
  });

  test("a promised Docker manifest is not converted, though its list is an OCI index", async () => {
    const docker = buildImage({ manifest: "docker", claimed: "linux/amd64" });
    await loadImages(registry.host, [give("", [docker, own("arm64")])]);
    const list = await registry.readTag("rancher/pause", "3.1");
    const children = list?.kind === "index" ? list.manifests : [];
    expect(children.map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.docker.manifest,
      mediaTypes.oci.manifest,
    ]);
    expect(children[0]?.digest).toBe(docker.manifest?.descriptor.digest);
    expect(list?.descriptor.mediaType).toBe(mediaTypes.oci.index);
  });

  test("an archive's own index goes up byte for byte, attestations included", async () => {
    const attestation = buildArtifact("provenance");
    const images = indexImages([own("amd64"), own("arm64")], { attestations: [attestation] });
    const report = await loadImages(registry.host, [give("", images)]);
    const index = images[0]?.index?.manifest;
    expect(report.lists[0]).toMatchObject({ digest: index?.descriptor.digest });
    expect(report.lists[0]?.originalDigest).toBeUndefined();
    const stored = await registry.readTag("rancher/pause", "3.1");
    expect(stored?.bytes).toEqual(index && Buffer.from(index.bytes));
    expect(await registry.readTag("rancher/pause", attestation.manifest.descriptor.digest)).toBeDefined();
    const again = await loadImages(registry.host, [give("", images)]);
    expect(summarizeLists(again)).toEqual([`${pause}: amd64 unchanged, arm64 unchanged`]);
  });

  test("attestations stay behind where the index is built anew, with a note and the promised digest", async () => {
    const images = indexImages([own("amd64"), own("arm64")], {
      attestations: [buildArtifact("provenance")],
      absent: [
        { ...buildArtifact("x").manifest.descriptor, platform: { os: "linux", architecture: "s390x" } },
      ],
    });
    const index = images[0]?.index?.manifest.descriptor.digest;
    const report = await loadImages(registry.host, [give("", images)]);
    expect(report.warnings).toEqual([
      {
        severity: "note",
        subject: pause,
        text: `its digest is new, since its index ${index} also lists linux/s390x: archives that have it, loaded with these, keep the digest`,
      },
      {
        severity: "note",
        subject: pause,
        text: "attestations of the archive's index stay behind, since another list is published",
      },
    ]);
    expect(report.lists[0]?.originalDigest).toBe(index);
  });

  test("a repaired config is what the registry has, under the repaired digest", async () => {
    const lying = buildImage({ machine: "arm64" });
    await loadImages(registry.host, [give("arm64", [lying])]);
    const child = await registry.readTag("rancher/pause", "3.1-arm64");
    const digest = child?.kind === "manifest" ? child.config.digest : lying.config.digest;
    expect(digest).not.toBe(lying.config.digest);
    const config = JSON.parse(
      Buffer.from(await registry.readBlob("rancher/pause", digest)).toString(),
    ) as object;
    expect(config).toMatchObject({ architecture: "arm64", os: "linux" });
  });

  test("an own manifest with --fix-config always gets the repaired config, and says what it was", async () => {
    const lying = buildImage({ machine: "arm64", manifest: "oci", claimed: "linux/arm64" });
    const report = await loadImages(registry.host, [give("arm64", [lying])], { fixConfig: "always" });
    const child = await registry.readTag("rancher/pause", "3.1-arm64");
    expect(report.lists[0]?.cells[0]).toMatchObject({
      digest: child?.descriptor.digest,
      originalDigest: lying.manifest?.descriptor.digest,
    });
    expect(child?.descriptor.mediaType).toBe(mediaTypes.oci.manifest);
  });

  test("signatures go to their own tags with their blobs, and have a line in the report", async () => {
    const tag = `sha256-${"a".repeat(64)}.sig`;
    const artifact = { ...buildArtifact("signature"), names: [`rancher/pause:${tag}`] };
    const given = [give("amd64", [image("amd64")], { artifacts: [artifact] })];
    const told = [`${pause}: amd64 pushed`, `rancher/pause:${tag}: `];
    expect(summarizeLists(await loadImages(registry.host, given, { dryRun: true }))).toEqual(told);
    expect(await registry.readTag("rancher/pause", tag)).toBeUndefined();
    expect(summarizeLists(await loadImages(undefined, given, { dryRun: true }))).toEqual(told);
    expect(summarizeLists(await loadImages(registry.host, given))).toEqual(told);
    const stored = await registry.readTag("rancher/pause", tag);
    expect(stored?.descriptor.digest).toBe(artifact.manifest.descriptor.digest);
  });
});

describe("temp files are given back", () => {
  test("once every list that an image is in is staged, and before any list is published", async () => {
    const shared = buildImage({ names: [pause, "a:1"] });
    const given = give("amd64", [shared, image("amd64", "b:1")]);
    let releasedBefore: number | undefined;
    registry.faults = [
      (handler) => async (request, response) => {
        if (request.method === "PUT" && /manifests\/[\d.]+$/.test(request.url ?? "")) {
          releasedBefore ??= released.length;
        }
        await handler(request, response);
      },
    ];
    const { released } = given.source as ReturnType<typeof give>["source"] & { released: SourceImage[] };
    await loadImages(registry.host, [given]);
    expect(released).toHaveLength(2);
    expect(new Set(released).size).toBe(2);
    expect(releasedBefore).toBe(2);
    expect(given.source).toMatchObject({ isDisposed: true });
  });

  test("also where the run fails", async () => {
    const given = give("amd64", [image("arm64")]);
    await expect(loadImages(registry.host, [given])).rejects.toMatchObject({ code: "PLATFORM_UNSETTLED" });
    expect(given.source).toMatchObject({ isDisposed: true });
  });
});

describe("refusals by the registry", () => {
  test("a list that is refused fails alone, the others are published", async () => {
    registry.faults = [
      faultFor(
        (request) => requestsFor.manifestPut(request) && request.url?.endsWith("/a/manifests/1") === true,
        refuse({ status: 403, code: "DENIED", message: "no\u001b[2J way" }),
      ),
    ];
    const report = await loadImages(registry.host, archives("x/a:1", "x/b:1"));
    expect(summarizeLists(report)).toEqual([
      "x/a:1: amd64 failed, arm64 failed, arm/v7 failed [ACCESS_DENIED]",
      "x/b:1: amd64 pushed, arm64 pushed, arm/v7 pushed",
    ]);
    expect(report.lists[0]?.digest).toBeUndefined();
    expect(report.lists[0]?.error?.message).not.toContain("\u001b");
    expect(report.totals).toMatchObject({ lists: 2, failed: 1 });
    expect(await registry.tags("x/a")).not.toContain("1");
  });

  test("a child that is refused fails its list and moves no tag of it", async () => {
    registry.faults = [
      faultFor(
        (request) =>
          requestsFor.manifestPut(request) && request.url?.includes("/a/manifests/sha256:") === true,
        refuse({ status: 403, code: "DENIED" }),
        { skip: 1 },
      ),
    ];
    const report = await loadImages(registry.host, archives("x/a:1", "x/b:1"));
    expect(report.totals).toMatchObject({ lists: 2, failed: 1 });
    expect(await registry.tags("x/a")).not.toContain("1");
    expect(await registry.tags("x/b")).toContain("1");
  });

  test("a tag of a child that is refused is a warning: the list stands", async () => {
    registry.faults = [
      faultFor(
        (request) => requestsFor.tagPut(request) && request.url?.endsWith("-arm64") === true,
        refuse({ status: 409, code: "TAG_IMMUTABLE" }),
      ),
    ];
    const report = await loadImages(registry.host, archives("x/a:1"));
    expect(report.totals).toMatchObject({ lists: 1, failed: 0 });
    expect(report.warnings.map(({ text }) => text).join()).toContain("not all up to date");
  });

  test("a namespace without the right to push is told before any blob goes up", async () => {
    registry.faults = [
      faultFor(
        (request) => requestsFor.uploadStart(request) && /\/v2\/closed\//.test(request.url ?? ""),
        refuse({ status: 403, code: "DENIED" }),
      ),
    ];
    await expect(loadImages(registry.host, archives("open/a:1", "closed/b:1"))).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      exitCode: 77,
    });
    expect(registry.requests.filter(({ method }) => method === "PUT")).toEqual([]);
  });

  test("a registry that forgets what it took is told by the read-back", async () => {
    registry.faults = [
      (handler) => async (request, response) => {
        await handler(request, response);
        if (request.method === "PUT" && request.url?.endsWith("/manifests/3.1")) {
          for (const digest of await registry.storage.listManifests("rancher/pause")) {
            const manifest = await registry.storage.readManifest("rancher/pause", digest);
            if (manifest && !manifest.descriptor.mediaType.includes("list")) {
              await registry.storage.deleteManifest("rancher/pause", digest);
            }
          }
        }
      },
    ];
    const report = await loadImages(registry.host, archives(pause), { archTag: false });
    expect(report.lists[0]?.error).toMatchObject({ code: "READ_BACK_FAILED", exitCode: 76 });
  });
});

function own(architecture: string, spec: ImageSpec = {}): SourceImage {
  const platform = `linux/${architecture}`;
  return buildImage({ config: platform, manifest: "oci", claimed: platform, ...spec });
}
