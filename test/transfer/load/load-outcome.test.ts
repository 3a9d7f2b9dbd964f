import { EventEmitter, once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageSource } from "../../../src/content/image-source.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import type { ErrorCode } from "../../../src/oci/error-code.ts";
import type { SourceRequest } from "../../../src/transfer/plan/open-sources.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import { loadImages, summarizeLists } from "../../helpers/archives/load-images.ts";
import { faultFor, refuse, requestsFor } from "../../helpers/registries/registry-faults.ts";
import { buildArtifact, buildImage, buildSource } from "../../helpers/archives/source-image.ts";
import { storeList } from "../../helpers/archives/store-source-image.ts";
import { give, image } from "../../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const pause = "rancher/pause:3.1";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

function writes(): string[] {
  return registry.requests
    .filter(({ method }) => method !== "GET" && method !== "HEAD")
    .map(({ method, url }) => `${method} ${url}`);
}

function badArchive(code: ErrorCode, message: string): SourceRequest {
  return { title: `${message}.tar`, open: () => Promise.reject(new AirgapError(code, message)) };
}

describe("--strict and --require", () => {
  test("--strict publishes nothing where the plan has a warning", async () => {
    const lying = give("arm64", [buildImage({ machine: "arm64" }), image("arm64", "a:1")]);
    await expect(loadImages(registry.host, [lying], { strict: true })).rejects.toMatchObject({
      code: "STRICT",
      exitCode: 1,
      message: expect.stringContaining("rancher/pause:3.1 linux/arm64: its config says amd64"),
    });
    expect(await registry.snapshot()).toEqual({});
  });

  test("--strict minds no notes", async () => {
    const given = give("arm", [buildImage({ config: "linux/arm" })], { notes: ["a small thing"] });
    const report = await loadImages(registry.host, [given], { strict: true });
    expect(summarizeLists(report)).toEqual([`${pause}: arm/v7 pushed`]);
    expect(report.warnings.map(({ severity }) => severity)).toEqual(["note", "note"]);
  });

  test("--require sends nothing at all where any list would end without a platform, and tells all of them", async () => {
    const given = [give("amd64", [image("amd64"), image("amd64", "a:1")]), give("arm64", [image("arm64")])];
    const report = await loadImages(registry.host, given, {
      require: ["linux/amd64", "linux/arm64", "linux/s390x"],
    });
    expect(summarizeLists(report)).toEqual([
      "library/a:1: amd64 failed, arm64 missing, s390x missing [REQUIRED_PLATFORM_MISSING]",
      `${pause}: amd64 failed, arm64 failed, s390x missing [REQUIRED_PLATFORM_MISSING]`,
    ]);
    expect(report.lists[0]?.error?.message).toBe(
      'Cannot publish "library/a:1": it would lack linux/arm64, linux/s390x',
    );
    expect(writes()).toEqual([]);
    expect(await registry.snapshot()).toEqual({});
  });

  test("--require counts what is kept of the list in the registry", async () => {
    await storeList(registry.storage, "rancher/pause", "3.1", [{ platform: "linux/arm64" }]);
    const spec = { require: ["linux/amd64", "linux/arm64"] };
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])], spec);
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 pushed, arm64 kept`]);
  });
});

describe("dry and offline runs", () => {
  test("a dry run only asks, and says what would become of each image", async () => {
    await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    await storeList(registry.storage, "library/a", "1", [
      { platform: "linux/amd64", salt: "old" },
      { platform: "linux/s390x" },
    ]);
    const before = await registry.snapshot();
    registry.requests.length = 0;
    const given = [give("amd64", [image("amd64"), image("amd64", "a:1")]), give("arm64", [image("arm64")])];
    const report = await loadImages(registry.host, given, { dryRun: true });
    expect(summarizeLists(report)).toEqual([
      "library/a:1: amd64 replaced, arm64 missing, s390x kept",
      `${pause}: amd64 unchanged, arm64 pushed`,
    ]);
    expect(report.dryRun).toBe(true);
    expect(writes()).toEqual([]);
    expect(await registry.snapshot()).toEqual(before);
  });

  test("a dry run tells what would be refused", async () => {
    await storeList(registry.storage, "rancher/pause", "3.1", [{ platform: "linux/s390x" }]);
    const given = [give("amd64", [image("amd64")])];
    const refusal = async (spec: object): Promise<unknown> =>
      summarizeLists(await loadImages(registry.host, given, { dryRun: true, ...spec }));
    expect(await refusal({ onExisting: "fail" })).toEqual([`${pause}: amd64 failed [LIST_EXISTS]`]);
    expect(await refusal({ require: ["linux/arm64"] })).toEqual([
      `${pause}: amd64 failed, arm64 missing [REQUIRED_PLATFORM_MISSING]`,
    ]);
  });

  test("a dry run goes on where the registry does not let what is no image be looked up", async () => {
    const chart = { ...buildArtifact("chart"), names: ["charts/app:1"] };
    const given = [give("amd64", [image("amd64")], { artifacts: [chart] })];
    registry.faults = [
      faultFor(({ url }) => url?.startsWith("/v2/charts/app/manifests/") === true, refuse({ status: 403 })),
    ];
    const report = await loadImages(registry.host, given, { dryRun: true });
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 pushed`, "charts/app:1:  [NOT_VERIFIABLE]"]);
  });

  test("offline, no registry is asked", async () => {
    const promised = buildImage({ config: "linux/arm64", manifest: "oci" });
    const report = await loadImages(undefined, [give("amd64", [image("amd64")]), give("arm64", [promised])]);
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 pushed, arm64 pushed`]);
    expect(report).toMatchObject({ dryRun: true, registry: "registry" });
    expect(report.lists[0]?.title).toBe(`registry/${pause}`);
    expect(report.lists[0]?.cells[1]?.digest).toBe(promised.manifest?.descriptor.digest);
  });

  test("offline, --require is minded", async () => {
    const report = await loadImages(undefined, [give("amd64", [image("amd64")])], {
      require: ["linux/arm64"],
    });
    expect(summarizeLists(report)).toEqual([
      `${pause}: amd64 failed, arm64 missing [REQUIRED_PLATFORM_MISSING]`,
    ]);
  });
});

describe("archives", () => {
  test("one whose checksum differs publishes nothing", async () => {
    const source = buildSource({ images: [image("amd64")], sha256: "aa" });
    const sources = [{ title: "images.tar", expectedSha256: "bb", open: async () => source }];
    await expect(loadImages(registry.host, [], { sources })).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
      exitCode: 65,
      message: 'Cannot trust "images.tar": its sha256 is aa, the checksum file says bb',
    });
    expect(writes()).toEqual([]);
    expect(source.isDisposed).toBe(true);
  });

  test("all that are bad are told at once, and no tag is set", async () => {
    const sound = give("amd64", [image("amd64")]);
    const sources = [
      badArchive("ARCHIVE_DAMAGED", "Cannot read one"),
      { title: "sound.tar", open: async () => sound.source },
      badArchive("ARCHIVE_UNSUPPORTED", "Cannot read other"),
    ];
    await expect(loadImages(registry.host, [], { sources })).rejects.toMatchObject({
      code: "ARCHIVE_DAMAGED",
      exitCode: 65,
      message: expect.stringMatching(/Cannot read one\n.*Cannot read other/),
    });
    expect(await registry.snapshot()).toEqual({});
    expect(sound.source).toMatchObject({ isDisposed: true });
  });

  test("what is no archive's fault stops the reading of the others", async () => {
    const sound = give("amd64", [image("amd64")]);
    const stopped: unknown[] = [];
    const gate = new EventEmitter();
    const started = once(gate, "start");
    const sources = [
      { title: "sound.tar", open: async () => sound.source },
      {
        title: "endless.tar",
        open: async ({ signal }: { signal: AbortSignal }) =>
          new Promise<ImageSource>((_, reject) => {
            gate.emit("start");
            signal.addEventListener("abort", () => reject(signal.reason as Error));
          }).catch((error: unknown) => {
            stopped.push(error);
            throw error;
          }),
      },
      {
        title: "large.tar",
        open: async () => {
          await started;
          throw new AirgapError("DISK_FULL", "Cannot write it", { exit: "disk" });
        },
      },
    ];
    await expect(loadImages(registry.host, [], { sources })).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    expect(stopped).toHaveLength(1);
    expect(await registry.snapshot()).toEqual({});
    expect(sound.source).toMatchObject({ isDisposed: true });
  });

  test("blobs of one go up while another is still read, its manifests do not", async () => {
    const slow = give("arm64", [image("arm64")]);
    const gate = new EventEmitter();
    const pushed = once(gate, "push");
    const sources = [
      { title: "fast.tar", open: async () => give("amd64", [image("amd64")]).source },
      {
        title: "slow.tar",
        open: async () => {
          await pushed;
          expect(writes().some((write) => write.includes("/manifests/"))).toBe(false);
          return slow.source;
        },
      },
    ];
    const onEvent = (event: LoadEvent): void => {
      if (event.type === "blob") gate.emit("push");
    };
    const report = await loadImages(registry.host, [], { sources, onEvent });
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 pushed, arm64 pushed`]);
  });
});

describe("runs that end early", () => {
  test("an abort stops uploads, moves no tag, and disposes what was opened", async () => {
    const abort = new AbortController();
    const given = many();
    let uploads = 0;
    registry.faults = [
      faultFor(requestsFor.commit, (handler) => async (request, response) => {
        if (++uploads === 2) abort.abort(new Error("SIGINT"));
        await handler(request, response);
      }),
    ];
    await expect(
      loadImages(registry.host, [given], { signal: abort.signal, concurrency: 1 }),
    ).rejects.toThrow("SIGINT");
    expect(uploads).toBeLessThan(6);
    expect(await registry.snapshot()).toEqual({});
    expect(given.source).toMatchObject({ isDisposed: true });
  });

  test("a run that was interrupted between children and lists is completed by a second one", async () => {
    await using whole = await startTestRegistry();
    const complete = await loadImages(whole.host, [many()]);
    const abort = new AbortController();
    registry.faults = [
      faultFor(
        requestsFor.tagPut,
        (handler) => async (request, response) => {
          await handler(request, response);
          abort.abort(new Error("SIGTERM"));
        },
        { skip: 3, times: 1 },
      ),
    ];
    await expect(loadImages(registry.host, [many()], { signal: abort.signal })).rejects.toThrow("SIGTERM");
    registry.faults = [];
    registry.requests.length = 0;
    const second = await loadImages(registry.host, [many()]);
    expect(second.totals).toMatchObject({ failed: 0, blobsPushed: 0 });
    expect(second.lists.map(({ digest }) => digest)).toEqual(complete.lists.map(({ digest }) => digest));
    expect(await registry.snapshot()).toEqual(await whole.snapshot());
  });

  test("blobs that an interrupted run has sent are not sent again", async () => {
    registry.faults = [faultFor(requestsFor.manifestPut, refuse({ status: 403, code: "DENIED" }))];
    const first = await loadImages(registry.host, [many()]);
    expect(first.totals).toMatchObject({ failed: 3, blobsPushed: 6 });
    registry.faults = [];
    const second = await loadImages(registry.host, [many()]);
    expect(second.totals).toMatchObject({ failed: 0, blobsPushed: 0, blobsPresent: 6 });
    expect(summarizeLists(second)).toEqual([
      "library/a:1: amd64 pushed",
      "library/b:1: amd64 pushed",
      "library/c:1: amd64 pushed",
    ]);
  });

  test("a bug of ours ends the run and is not told as a refusal", async () => {
    const broken = image("amd64");
    const layers = broken.layers.map((layer) => ({
      ...layer,
      blob: async () => Promise.reject(new TypeError("bug")),
    }));
    await expect(loadImages(registry.host, [give("amd64", [{ ...broken, layers }])])).rejects.toThrow(
      TypeError,
    );
    expect(await registry.snapshot()).toEqual({});
  });
});

function many(): ReturnType<typeof give> {
  return give(
    "amd64",
    ["a:1", "b:1", "c:1"].map((name) => buildImage({ names: [name], salt: name })),
  );
}
