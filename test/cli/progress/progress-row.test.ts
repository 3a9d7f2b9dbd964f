import { expect, test } from "vitest";
import { widthOf } from "../../../src/cli/progress/fit-columns.ts";
import { drawRow, type ProgressRow } from "../../../src/cli/progress/progress-row.ts";

const row: ProgressRow = {
  label: "reading /srv/archives/k3s-airgap-images-arm64.tar.gz",
  bytes: { done: 20_000_000, total: 40_000_000 },
  rate: 10_000_000,
  secondsLeft: 3700,
  share: 0.5,
};

test("numbers are whole in every width: the bar goes first, then the middle of the name", () => {
  expect([200, 100, 80, 60].map((columns) => `${drawRow(row, columns)}\n`).join("")).toMatchInlineSnapshot(`
    "████████░░░░░░░░  50% reading /srv/archives/k3s-airgap-images-arm64.tar.gz: 20.0 MB of 40.0 MB, 10.0 MB/s, 62 min left
    ████████░░░░░░░░  50% reading /srv/arch…ges-arm64.tar.gz: 20.0 MB of 40.0 MB, 10.0 MB/s, 62 min left
     50% reading /srv/ar…es-arm64.tar.gz: 20.0 MB of 40.0 MB, 10.0 MB/s, 62 min left
    reading ….tar.gz: 20.0 MB of 40.0 MB, 10.0 MB/s, 62 min left
    "
  `);
});

test("of a whole upload, narrow screens have blobs, rate and time left", () => {
  const upload: ProgressRow = {
    label: "uploading",
    items: [
      { noun: "image", done: 17, total: 24 },
      { noun: "blob", done: 31, total: 48 },
    ],
    sent: 1_200_000_000,
    rate: 12_000_000,
    secondsLeft: 300,
    share: 0.6,
  };
  expect([80, 59].map((columns) => `${drawRow(upload, columns)}\n`).join("")).toMatchInlineSnapshot(`
    " 60% uploading: 17 of 24 images, 31 of 48 blobs, 12.0 MB/s, 5 min left
     60% uploading: 31 of 48 blobs, 12.0 MB/s, 5 min left
    "
  `);
});

test.each([60, 80, 200])("no row is wider than %i columns, whatever its letters are", (columns) => {
  for (const letter of ["a", "字", "e\u{301}", "😀"]) {
    const text = drawRow({ ...row, label: `reading ${letter.repeat(200)}` }, columns);
    expect(widthOf(text)).toBeLessThanOrEqual(columns);
    expect(text).toContain("20.0 MB of 40.0 MB, 10.0 MB/s, 62 min left");
  }
});

test("what a terminal obeys is shown, and not obeyed", () => {
  expect(drawRow({ label: "reading \u{1b}[2J.tar" }, 80)).toBe("reading \\u{1b}[2J.tar");
});

test("without a total there is no bar, and hours are told in hours", () => {
  const { share: _, ...unknown } = row;
  const long = drawRow({ ...unknown, label: "reading -", secondsLeft: 7500 }, 80);
  expect(long).toBe("reading -: 20.0 MB of 40.0 MB, 10.0 MB/s, 2 h 5 min left");
});
