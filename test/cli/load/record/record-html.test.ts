import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordToHtml } from "../../../../src/cli/load/record/record-html.ts";
import type { RunRecord } from "../../../../src/cli/load/run-record.ts";
import { AirgapError } from "../../../../src/oci/airgap-error.ts";
import { type Browser, missingChromium, startChromium } from "../../../helpers/judges/chromium.ts";
import { describeWith } from "../../../helpers/judges/describe-with.ts";
import { makeTempFolder } from "../../../helpers/temp-folder.ts";
import { denial, letterDigest, listReport, loadReport } from "../../../helpers/load-report.ts";

const digest = letterDigest("a");
const previous = letterDigest("b");

const twoLists = loadReport([
  listReport("a:1", { amd64: "pushed", "linux/arm/v7": "missing" }, { digest, previous }),
  listReport("b:1", { amd64: "failed" }, { error: denial }),
]);

function record(rest: Partial<RunRecord> = {}): RunRecord {
  const outcome = rest.outcome ?? twoLists;
  return {
    outcome,
    warnings: "warnings" in outcome ? outcome.warnings : [],
    archives: [
      {
        title: "a.tar.gz",
        images: 2,
        writer: "containerd",
        compression: "gzip",
        size: 2500,
        sha256: "c".repeat(64),
      },
    ],
    connection: " --plain-http",
    by: { user: "root (for alice)", host: "bastion", folder: "/srv/release" },
    options: [
      { name: "--registry", value: "host:5000" },
      { name: "--strict", value: "yes" },
    ],
    checksums: { files: ["sha256sum.txt"], keys: ["release.pub"] },
    startedAt: new Date("2026-01-02T03:04:05.678Z"),
    endedAt: new Date("2026-01-02T03:05:06.789Z"),
    versions: { airgapLoad: "1.2.3", node: "v24.0.0", system: "linux x64" },
    ...rest,
  };
}

const empty = new Set(["meta"]);

/** The text between the tags of a page that is well-formed; throws where a tag is not closed, or is no tag. */
function readText(page: string): string {
  const open: string[] = [];
  const text = page
    .replace("<!doctype html>", "")
    .replaceAll(/<(\/?)([^>]*)>/g, (_whole, slash, tag: string) => {
      const name = /^[a-z][a-z0-9]*(?=(?: [a-z-]+="[^"<>]*")* ?\/?$)/.exec(tag)?.[0];
      if (name === undefined) throw new Error(`no tag: ${tag}`);
      if (slash && open.pop() !== name) throw new Error(`closed out of order: ${name}`);
      if (!slash && !empty.has(name)) open.push(name);
      return " ";
    });
  expect(open).toEqual([]);
  expect(text).not.toMatch(/[<>]/);
  return text.replaceAll(/\s+/g, " ");
}

function pageOf(run: RunRecord): string {
  return [...recordToHtml(run)].join("");
}

function repaired(id: string): string {
  return `its config says arm, config repaired, image ID ${id}`;
}

describe("a run's record as a page", () => {
  test("holds matrix, digests, what was there before, failures, archives, times and versions", () => {
    const text = readText(pageOf(record()));
    for (const part of [
      "1 of 2 images published in host:5000, 1 failed",
      "root (for alice) on bastion, in /srv/release",
      "2026-01-02 03:04:05 UTC to 2026-01-02 03:05:06 UTC (61 s)",
      "--registry host:5000, --strict",
      "1 archive verified against sha256sum.txt, signed by the key of release.pub",
      "airgap-load 1.2.3, Node v24.0.0, linux x64",
      "1 sent (12.3 MB), 2 mounted, 3 already there",
      "Image linux/amd64 linux/arm/v7",
      `host:5000/a:1 ${digest} pushed missing`,
      "host:5000/b:1 not published failed -",
      `host:5000/a:1 was ${previous} back: airgap-load copy --plain-http docker://host:5000/a@${previous} docker://host:5000/a:1`,
      `[ACCESS_DENIED] ${denial.message} ${denial.hint}`.replaceAll('"', "&quot;"),
      `a.tar.gz sha256 ${"c".repeat(64)} 2 2.5 kB containerd`,
    ]) {
      expect(text).toContain(part);
    }
  });

  test("has the verdict first, then what failed, and folds what is as it was", () => {
    const outcome = loadReport(
      [
        listReport("same:1", { amd64: "unchanged" }, { digest }),
        listReport("new:1", { amd64: "pushed" }, { digest }),
        listReport("bad:1", { amd64: "failed" }, { error: denial }),
      ],
      {
        warnings: [
          { severity: "warning", subject: "a", text: "odd" },
          { severity: "warning", subject: "b", text: "odd" },
        ],
      },
    );
    const page = pageOf(record({ outcome }));
    const order = [
      "<h1",
      "By",
      "[ACCESS_DENIED]",
      "2 images: odd",
      "<b>host:5000/bad:1",
      "<b>host:5000/new:1",
      "<b>host:5000/same:1",
    ];
    const places = order.map((part) => page.indexOf(part));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(page).toContain("2 of 3 images published in host:5000, 1 failed, 2 warnings</h1>");
    expect(/<details>(.*?)<\/details>/s.exec(page)?.[1]).toMatch(/1 image unchanged.*host:5000\/same:1/s);
  });

  test("says once what several failed for, and what differs in IDs alone, with the images below", () => {
    const outcome = loadReport(
      ["a:1", "b:1"].map((name) => listReport(name, { amd64: "failed" }, { error: denial })),
      {
        warnings: [
          { severity: "warning", subject: "a:1", text: repaired("0123456789ab") },
          { severity: "warning", subject: "b:1", text: repaired("0123456789cd") },
        ],
      },
    );
    const text = readText(pageOf(record({ outcome })));
    expect(text).toContain(
      "2 images: its config says arm, config repaired a:1: image ID 0123456789ab b:1: image",
    );
    expect(text.match(/ACCESS_DENIED/g)).toHaveLength(1);
    expect(text).toContain("- host:5000/a:1 - host:5000/b:1");
  });

  test("has no script, and takes nothing from elsewhere", () => {
    const page = pageOf(record());
    expect(page).not.toMatch(/<script|<link|<img|\bsrc=|\bhref=|url\(|@import/i);
    expect(page).toContain("default-src 'none'");
  });

  test("tells of a run that failed as a whole", () => {
    const outcome = new AirgapError("ARCHIVE_DAMAGED", "Cannot read it", { hint: "Copy it again." });
    const text = readText(pageOf(record({ outcome })));
    expect(text).toContain("Failed: no image was published");
    expect(text).toContain("[ARCHIVE_DAMAGED] Cannot read it Copy it again.");
  });

  test("tells of a dry run as one", () => {
    const outcome = loadReport([listReport("a:1", { amd64: "pushed" }, { digest, previous })], {
      dryRun: true,
    });
    const text = readText(pageOf(record({ outcome })));
    expect(text).toContain("Dry run: 1 of 1 image would be published in host:5000");
    expect(text).not.toContain("docker://");
  });

  test("escapes whatever an archive or a registry says", () => {
    const hostile = `"><script>alert('1')</script><!-- & \u{1b}[2J\u{202e}`;
    const error = new AirgapError("REGISTRY_REFUSED", `Cannot push: ${hostile}`, { hint: hostile });
    const outcome = loadReport(
      [{ ...listReport("a:1", { amd64: "pushed" }, { error }), title: `host/${hostile}:1` }],
      {
        registry: hostile,
        warnings: [{ severity: "warning", subject: hostile, text: hostile }],
      },
    );
    const archives = [
      { title: hostile, images: 1, writer: hostile, compression: "none", size: 1, sha256: undefined },
    ];
    const page = pageOf(record({ outcome, archives }));
    expect(readText(page)).toContain("&lt;script&gt;");
    expect(page).not.toMatch(/<script|<!--/i);
    // oxlint-disable-next-line no-control-regex
    expect(readText(page)).not.toMatch(/[\u{1b}\u{202e}]/u);
  });
});

/** A page of a hundred images for three platforms, of which the first so many are as they were. */
async function writePage(unchanged: number): Promise<string> {
  const outcome = loadReport(
    Array.from({ length: 100 }, (_, at) => {
      const became = at < unchanged ? "unchanged" : "pushed";
      const name = `rancher/an-image-with-a-name-of-some-length-${at}:v1.2.3-build20211022`;
      return listReport(name, { amd64: became, arm64: became, "linux/arm/v7": became }, { digest });
    }),
    {
      warnings: [{ severity: "warning", subject: "rancher/pause:3.1 linux/arm/v7", text: "odd ".repeat(60) }],
    },
  );
  const path = join(await makeTempFolder(), "report.html");
  await writeFile(path, pageOf(record({ outcome })));
  return `file://${path}`;
}

describeWith(missingChromium, "a run's record in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.stop());

  test("fits screens of any width", async () => {
    const url = await writePage(50);
    for (const width of [400, 800, 1280]) {
      const page = await browser.open(url, { width });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await page.evaluate("document.querySelector('h1').getBoundingClientRect().top < 100")).toBe(
        true,
      );
      expect(page.problems).toEqual([]);
    }
  });

  test("is dark where that is preferred, with letters that can be read", async () => {
    const page = await browser.open(await writePage(0), { dark: true });
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(22, 22, 22)");
    expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(232, 232, 232)");
  });

  test("takes few pages of A4, and one where nothing has changed", async () => {
    const all = await browser.open(await writePage(0));
    expect(await all.countPrinted()).toBeLessThanOrEqual(6);
    const none = await browser.open(await writePage(100));
    expect(await none.countPrinted()).toBe(1);
  });
});
