import type { BlobOutcome } from "../../../src/content/repository.ts";
import { describe, expect, test } from "vitest";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { formatPlatform, parsePlatform } from "../../../src/oci/platform.ts";
import type { Child } from "../../../src/transfer/load/child.ts";
import type { ExistingTag } from "../../../src/transfer/load/existing-tag.ts";
import { planLoad } from "../../helpers/plan-load.ts";
import type { PlannedList } from "../../../src/transfer/plan/planned-list.ts";
import type { PlannedEntry } from "../../../src/transfer/plan/planned-image.ts";
import {
  platformsOfCells,
  reportEntry,
  reportFailure,
  reportMissing,
  sortCells,
} from "../../../src/transfer/load/report-list.ts";
import { planOptions } from "../../helpers/plan-options.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { give, image } from "../../helpers/summarize-plan.ts";

const [ours, others] = [digestOf("ours"), digestOf("others")];

function planOne(flags: readonly string[] = ["amd64"]): PlannedList {
  const [list] = planLoad(
    flags.map((flag) => give(flag, [image(flag)])),
    planOptions(),
  ).lists;
  if (!list) throw new Error("nothing planned");
  return list;
}

function entryOf(list: PlannedList): PlannedEntry {
  const [entry] = list.entries;
  if (!entry) throw new Error("no entry");
  return entry;
}

function existing(platform: string, digest = ours): ExistingTag {
  const descriptor = { mediaType: "m", size: 1, digest };
  const entry = { descriptor, platform: parsePlatform(platform), manifest: undefined };
  return { descriptor, entries: [entry], attestations: 0 };
}

describe("what became of an image", () => {
  const found = { kind: "found" } as Child;

  test.each([
    { title: "new, bytes sent", before: undefined, child: uploaded("pushed"), outcome: "pushed" },
    {
      title: "new, no bytes sent, since other repositories had them",
      before: undefined,
      child: uploaded("mounted"),
      outcome: "mounted",
    },
    {
      title: "new, its blobs were all there",
      before: undefined,
      child: uploaded("present"),
      outcome: "pushed",
    },
    { title: "new in the list, whole in the registry", before: undefined, child: found, outcome: "pushed" },
    {
      title: "new beside another platform",
      before: existing("linux/arm64"),
      child: uploaded("pushed"),
      outcome: "pushed",
    },
    { title: "the same as before", before: existing("linux/amd64"), child: found, outcome: "unchanged" },
    {
      title: "another than before",
      before: existing("linux/amd64", others),
      child: uploaded("pushed"),
      outcome: "replaced",
    },
    { title: "not known yet, and new", before: undefined, child: undefined, outcome: "pushed" },
  ] as const)("$title: $outcome", ({ before, child, outcome }) => {
    expect(reportEntry(entryOf(planOne()), before, child, ours).outcome).toBe(outcome);
  });

  test("the cell names manifest, image ID and tag", () => {
    const entry = entryOf(planOne());
    expect(reportEntry(entry, undefined, undefined, ours)).toEqual({
      platform: { os: "linux", architecture: "amd64" },
      outcome: "pushed",
      config: entry.image.config.digest,
      digest: ours,
      archTag: "3.1-amd64",
    });
  });

  test("a digest that the archive promised is told where another one was published", () => {
    const promising = buildImage({ manifest: "oci" });
    const [list] = planLoad([give("amd64", [promising])], planOptions()).lists;
    const entry = entryOf(list ?? planOne());
    const promised = promising.manifest?.descriptor.digest;
    expect(reportEntry(entry, undefined, undefined, ours).originalDigest).toBe(promised);
    expect(reportEntry(entry, undefined, undefined, promised).originalDigest).toBeUndefined();
  });
});

test("a list that failed has every platform failed, and those that archives lacked missing", () => {
  const list = { ...planOne(["arm64", "amd64"]), missing: [parsePlatform("linux/arm/v7")] };
  const error = new AirgapError("USAGE", "Cannot do it");
  const report = reportFailure(list, { title: "host/rancher/pause" }, error);
  expect(report).toMatchObject({ source: "rancher/pause:3.1", title: "host/rancher/pause:3.1", error });
  expect(report.cells.map(({ platform, outcome }) => `${formatPlatform(platform)} ${outcome}`)).toEqual([
    "linux/amd64 failed",
    "linux/arm64 failed",
    "linux/arm/v7 missing",
  ]);
});

test("a platform that is kept is not missing", () => {
  const missing = ["linux/arm64", "linux/386", "linux/386"].map(parsePlatform);
  const kept = existing("linux/arm64").entries;
  expect(reportMissing(missing, kept)).toEqual([
    { platform: parsePlatform("linux/386"), outcome: "missing" },
  ]);
});

test("the columns of a run are the platforms of all its cells, each once, in the order of lists", () => {
  const cells = ["linux/386", "linux/arm", "linux/amd64"].map((platform) => ({
    platform: parsePlatform(platform),
    outcome: "pushed" as const,
  }));
  const list = reportFailure(planOne(), { title: "t" }, new AirgapError("USAGE", "x"));
  const platforms = platformsOfCells([
    { ...list, cells },
    { ...list, cells: cells.slice(1) },
  ]);
  expect(platforms.map(formatPlatform)).toEqual(["linux/amd64", "linux/arm", "linux/386"]);
  expect(sortCells(cells).map(({ platform }) => formatPlatform(platform))).toEqual(
    platforms.map(formatPlatform),
  );
});

function uploaded(how: BlobOutcome): Child {
  return { kind: "uploaded", image: { layers: [], how } };
}
