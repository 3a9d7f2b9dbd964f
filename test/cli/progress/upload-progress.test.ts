import { expect, test } from "vitest";
import { ProgressCounts } from "../../../src/cli/progress/progress-counts.ts";
import { describeRow } from "../../../src/cli/progress/progress-row.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import { letterDigest } from "../../helpers/load-report.ts";

const [a, b] = [letterDigest("a"), letterDigest("b")];
const image = "rancher/pause:3.1 linux/arm64";
const target = { repository: "rancher/pause", tag: "3.1" };
const part = { image, digest: a, size: 100, stored: 1000 };
const pushed = { repository: "rancher/pause", outcome: "pushed" } as const;

function createCounts(): {
  readonly counts: ProgressCounts;
  readonly tell: (...events: readonly LoadEvent[]) => void;
  readonly wait: (milliseconds: number) => void;
  readonly lines: () => string[];
} {
  let now = 0;
  const counts = new ProgressCounts(() => now);
  return {
    counts,
    tell: (...events) => events.forEach((event) => counts.count(event)),
    wait: (milliseconds) => void (now += milliseconds),
    lines: () => counts.rows().map(describeRow),
  };
}

const planned: LoadEvent = {
  type: "planned",
  images: 2,
  names: ["rancher/pause:3.1"],
  parts: { blobs: 4, bytes: 4000 },
};

test("images, blobs and time left are told of the whole plan, and of each image under way", () => {
  const { tell, wait, lines } = createCounts();
  tell(
    { type: "bringing", image, parts: { blobs: 2, bytes: 2000 } },
    { type: "uploading", ...part, sent: 0 },
    planned,
  );
  wait(2000);
  tell({ type: "uploading", ...part, sent: 50 });
  expect(lines()).toEqual([
    `uploading: 0 of 2 images, 0 of 4 blobs, 50 B sent, 25 B/s, 14 s left, ${image}`,
    `${image}: 0 of 2 blobs, 500 B of 2.0 kB`,
  ]);
});

test("an image of which next to nothing is there has no line, and nobody tells how long it takes", () => {
  const { tell, wait, lines } = createCounts();
  tell(planned, { type: "bringing", image, parts: { blobs: 2, bytes: 2000 } });
  tell({ type: "uploading", ...part, sent: 0 });
  wait(2000);
  tell({ type: "uploading", ...part, sent: 1 });
  expect(lines()).toEqual(["uploading: 0 of 2 images, 0 of 4 blobs, 1 B sent, 1 B/s"]);
});

test("where nobody knows how much there is in all, each image tells how long it takes", () => {
  const { tell, wait, lines } = createCounts();
  tell({ type: "planned", images: 3, names: ["a", "b", "c"] });
  tell({ type: "bringing", image, parts: { blobs: 2, bytes: 2000 } });
  tell({ type: "uploading", ...part, sent: 0 });
  wait(2000);
  tell({ type: "uploading", ...part, sent: 50 });
  expect(lines()).toEqual([
    `uploading: 0 of 3 images, 0 blobs, 50 B sent, 25 B/s, ${image}`,
    `${image}: 0 of 2 blobs, 500 B of 2.0 kB, 250 B/s, 6 s left`,
  ]);
});

test("a try that starts again takes nothing back, of bytes, share and blobs", () => {
  const { counts, tell } = createCounts();
  tell(planned, { type: "bringing", image, parts: { blobs: 2, bytes: 2000 } });
  const shares = [90, 0, 10, 60, 100].map((sent) => {
    tell({ type: "uploading", ...part, sent });
    return counts.rows()[0]?.share;
  });
  expect(shares).toEqual([0.225, 0.225, 0.225, 0.225, 0.25]);
  expect(counts.rows()[0]?.sent).toBe(100);
});

test("an image that is there already counts whole, though none of its blobs was looked at", () => {
  const { tell, lines } = createCounts();
  tell(
    planned,
    { type: "bringing", image, parts: { blobs: 2, bytes: 2000 } },
    { type: "prepared", target },
    { type: "brought", image, isWhole: true },
  );
  expect(lines()).toEqual(["uploading: 1 of 2 images, 2 of 4 blobs, 0 B sent"]);
});

test("blobs of what is no image of the plan are sent, and are none of those that are planned", () => {
  const { tell, lines } = createCounts();
  tell(
    planned,
    { type: "uploading", digest: b, size: 10, sent: 10 },
    { type: "blob", digest: b, size: 10, ...pushed },
  );
  expect(lines()).toEqual(["uploading: 0 of 2 images, 0 of 4 blobs, 10 B sent"]);
});

test("a single image is told by its blobs, and its totals stay when it is there", () => {
  const { tell, lines } = createCounts();
  tell(
    { type: "planned", images: 1, names: [image], titles: [image] },
    { type: "bringing", image, parts: { blobs: 1, bytes: 1000 } },
    { type: "blob", ...part, ...pushed },
    { type: "brought", image, isWhole: true },
  );
  expect(lines()).toEqual(["uploading: 1 of 1 blob, 0 B sent"]);
});

test("where nobody knows how much there is, no total is told", () => {
  const { counts, tell, lines } = createCounts();
  tell(
    { type: "planned", images: 3, names: ["a", "b", "c"] },
    { type: "blob", digest: b, size: 10, ...pushed },
  );
  expect(lines()).toEqual(["uploading: 0 of 3 images, 1 blob, 0 B sent"]);
  expect(counts.rows()[0]?.share).toBeUndefined();
});

test("an image that failed is under way no more, and is not counted as brought", () => {
  const { tell, lines } = createCounts();
  tell(
    planned,
    { type: "bringing", image, parts: { blobs: 2, bytes: 2000 } },
    { type: "brought", image, isWhole: false },
    { type: "published", name: "rancher/pause:3.1" },
    { type: "uploading", digest: b, size: 10, sent: 10 },
  );
  expect(lines()).toEqual(["uploading: 0 of 2 images, 0 of 4 blobs, 1 of 1 name, 10 B sent"]);
});

test("of what is copied image by image the total is told as soon as it is known of all", () => {
  const { counts, tell, wait, lines } = createCounts();
  tell({ type: "planned", images: 3, names: ["x", "y", "z"], titles: ["to/x:1", "to/y:1", "to/z:1"] });
  tell({ type: "synced", name: "z", title: "to/z:1", outcome: "unchanged" });
  tell({ type: "bringing", image: "to/x:1", parts: { blobs: 2, bytes: 2000 } });
  tell({ type: "bringing", image: "to/x@sha256:signature", parts: { blobs: 1, bytes: 10 } });
  tell({ type: "uploading", image: "to/x:1", digest: a, size: 1000, sent: 0 });
  expect(counts.rows()[0]).not.toHaveProperty("share");
  tell({ type: "bringing", image: "to/y:1", parts: { blobs: 1, bytes: 2000 } });
  wait(2000);
  tell({ type: "uploading", image: "to/x:1", digest: a, size: 1000, sent: 1000 });
  expect(lines()[0]).toBe("uploading: 1 of 3 images, 0 of 3 blobs, 1.0 kB sent, 500 B/s, 6 s left, to/x:1");
});

test("what is checked has a share and a time left once all lists are read, and what fails counts as dealt with", () => {
  const { counts, tell, wait } = createCounts();
  const checking = { type: "progress", activity: "checking", title: "a" } as const;
  tell({ type: "checked", done: 0, total: 2, bytes: { total: undefined } });
  tell({ ...checking, bytes: { done: 0, total: 1000 } });
  expect(counts.describe()).toContain("checking: 0 of 2 names, 0 B");
  expect(counts.rows().at(-1)).not.toHaveProperty("share");
  tell({ type: "checked", done: 0, total: 2, bytes: { total: 4000 } });
  wait(2000);
  tell({ ...checking, bytes: { done: 500, total: 1000 } });
  expect(counts.describe()).toBe("checking: 0 of 2 names, 500 B of 4.0 kB, 250 B/s, 14 s left, a");
  expect(counts.describeEnd()).toBe("checking: 0 of 2 names, 500 B of 4.0 kB");
  tell({ ...checking, isOver: true });
  expect(counts.rows().at(-1)).toMatchObject({ share: 0.25, rate: 250 });
});
