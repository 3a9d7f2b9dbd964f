import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceImage } from "../../../src/content/image-source.ts";
import { type Family, mediaTypes, otherFamily } from "../../../src/oci/media-type.ts";
import { loadImages, type LoadSpec, summarizeLists } from "../../helpers/archives/load-images.ts";
import { buildArtifact, buildImage, indexImages } from "../../helpers/archives/source-image.ts";
import {
  dockerOnly,
  faultFor,
  ociOnly,
  refuse,
  refuseAttestations,
  requestsFor,
} from "../../helpers/registries/registry-faults.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";
import { give } from "../../helpers/summarize-plan.ts";
import type { LoadReport } from "../../../src/transfer/report/report.ts";

const takes = { oci: ociOnly(), docker: dockerOnly() };

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

/** Images with manifests of their own, each in an archive given by its architecture. */
function archives(manifest: Family): ReturnType<typeof give>[] {
  return ["amd64", "arm64"].map((word) => give(word, [buildImage({ config: `linux/${word}`, manifest })]));
}

function indexed(manifest: Family): SourceImage[] {
  const images = ["linux/amd64", "linux/arm64"].map((claimed) =>
    buildImage({ config: claimed, claimed, manifest }),
  );
  return indexImages(images, { attestations: [buildArtifact("statement")] });
}

function load(given: Parameters<typeof loadImages>[1], spec: LoadSpec = {}): Promise<LoadReport> {
  return loadImages(registry.host, given, spec);
}

function told({ warnings }: LoadReport): string[] {
  return warnings.map(({ severity, text }) => `${severity}: ${text}`);
}

async function publishedTypes(): Promise<string[]> {
  const list = await registry.readTag("rancher/pause", "3.1");
  const children = list?.kind === "index" ? list.manifests : [];
  return [list?.descriptor.mediaType ?? "nothing", ...children.map(({ mediaType }) => mediaType)];
}

function typesOf(family: Family): string[] {
  const { index, manifest } = mediaTypes[family];
  return [index, manifest, manifest];
}

describe.each([["oci"], ["docker"]] as const)("a registry that takes only %s's types", (family) => {
  const other = otherFamily(family);
  beforeEach(() => registry.faults.push(takes[family]));

  test("gets promised manifests converted, with a warning, and the same at the next run", async () => {
    const report = await load(archives(other));
    expect(summarizeLists(report)).toEqual(["rancher/pause:3.1: amd64 pushed, arm64 pushed"]);
    expect(await publishedTypes()).toEqual(typesOf(family));
    expect(told(report).join()).toMatch(/^warning: converted to .* since the registry refuses/m);
    const unchanged = ["rancher/pause:3.1: amd64 unchanged, arm64 unchanged"];
    expect(summarizeLists(await load(archives(other), { dryRun: true }))).toEqual(unchanged);
    const before = await registry.snapshot();
    expect(summarizeLists(await load(archives(other)))).toEqual(unchanged);
    expect(await registry.snapshot()).toEqual(before);
  });

  test("gets nothing of an image with --preserve-digests, and all of the others", async () => {
    const fine = buildImage({ manifest: family, names: ["fine:1"], salt: "fine" });
    const report = await load([...archives(other), give("", [fine])], { preserveDigests: true });
    expect(summarizeLists(report)).toEqual([
      "library/fine:1: amd64 pushed, arm64 missing",
      "rancher/pause:3.1: amd64 failed, arm64 failed [DIGEST_NOT_KEPT]",
    ]);
    expect(report.lists[1]?.error?.exitCode).toBe(1);
    expect(Object.keys(await registry.snapshot())).toEqual(["library/fine:1"]);
  });

  test("gets nothing of an image that is asked for by its digest", async () => {
    const image = buildImage({ manifest: other });
    const imageList = [`rancher/pause:3.1@${image.manifest?.descriptor.digest}`];
    const report = await load([give("", [image])], { imageList });
    expect(report.lists[0]?.error).toMatchObject({
      code: "DIGEST_NOT_KEPT",
      message: expect.stringContaining("it is asked for by it"),
    });
  });

  test("gets nothing of an image that a signature in the archives speaks of", async () => {
    const image = buildImage({ manifest: other });
    const subject = image.manifest?.descriptor.digest;
    if (!subject) throw new Error("no manifest");
    const tag = `${subject.replace(":", "-")}.sig`;
    const referrers = [{ ...buildArtifact("signature"), subject, tag, names: ["rancher/pause"] }];
    const report = await load([give("", [image], { referrers })]);
    expect(report.lists[0]?.error).toMatchObject({
      code: "DIGEST_NOT_KEPT",
      message: expect.stringContaining(`${tag} refers to it`),
    });
  });
});

describe("an index of OCI types for a registry that takes only Docker's", () => {
  beforeEach(() => registry.faults.push(dockerOnly()));

  test("is converted whole, attestations left behind and told", async () => {
    const report = await load([give("", indexed("oci"))]);
    expect(await publishedTypes()).toEqual(typesOf("docker"));
    expect(told(report)).toEqual([
      expect.stringMatching(/its digest sha256:\w+ becomes sha256:\w+; attestations.* stay behind$/),
    ]);
    const before = await registry.snapshot();
    expect(summarizeLists(await load([give("", indexed("oci"))]))).toEqual([
      "rancher/pause:3.1: amd64 unchanged, arm64 unchanged",
    ]);
    expect(await registry.snapshot()).toEqual(before);
  });
});

describe("--format", () => {
  test.each(["oci", "docker"] as const)(
    "%s converts what is of the other family, with a note",
    async (format) => {
      const report = await load(archives(otherFamily(format)), { format });
      expect(await publishedTypes()).toEqual(typesOf(format));
      expect(told(report).join()).toContain(`note: converted to`);
      const again = await load(archives(otherFamily(format)), { format });
      expect(summarizeLists(again)).toEqual(["rancher/pause:3.1: amd64 unchanged, arm64 unchanged"]);
      const preview = await load(archives(otherFamily(format)), { format, dryRun: true });
      expect(preview.lists.map(({ outcome }) => outcome)).toEqual(["unchanged"]);
    },
  );

  test("leaves an index of that family byte for byte, attestations included", async () => {
    const images = indexed("oci");
    await load([give("", images)], { format: "oci" });
    const published = await registry.readTag("rancher/pause", "3.1");
    expect(published?.descriptor.digest).toBe(images[0]?.index?.manifest.descriptor.digest);
  });

  test("is refused by --preserve-digests where it would convert", async () => {
    const report = await load(archives("docker"), { format: "oci", preserveDigests: true });
    expect(report.lists[0]?.error?.code).toBe("DIGEST_NOT_KEPT");
  });
});

test("with --strict a conversion that nobody asked for publishes nothing", async () => {
  registry.faults.push(ociOnly());
  const report = await load(archives("docker"), { strict: true });
  expect(report.lists[0]?.error?.code).toBe("STRICT");
  expect(await registry.snapshot()).toEqual({});
});

test.each([
  { status: 403, code: "DENIED", message: "requested access to the resource is denied" },
  { status: 400, code: "MANIFEST_INVALID", message: "tag is immutable" },
  { status: 413, code: "MANIFEST_INVALID", message: "manifest too large" },
])("a refusal for something else converts nothing: $status $message", async (answer) => {
  registry.faults.push(faultFor(requestsFor.manifestPut, refuse(answer)));
  const report = await load(archives("docker"));
  const types = registry.requests.filter(
    ({ method, url }) => method === "PUT" && url.includes("/manifests/"),
  );
  expect(new Set(types.map(({ headers }) => headers["content-type"]))).toEqual(
    new Set([mediaTypes.docker.manifest]),
  );
  expect(told(report).join()).not.toContain("converted");
});

test("attestations that are refused beside images that are taken convert nothing, and the hint works", async () => {
  registry.faults.push(refuseAttestations());
  const report = await load([give("", indexed("oci"))]);
  expect(report.lists[0]?.error?.hint).toContain("--drop-attestations");
  const again = await load([give("", indexed("oci"))], { dropAttestations: true });
  expect(summarizeLists(again)).toEqual(["rancher/pause:3.1: amd64 pushed, arm64 pushed"]);
});
