import { describe, expect, test } from "vitest";
import { recordToHtml } from "../../../../src/cli/load/record/record-html.ts";
import type { RunRecord } from "../../../../src/cli/load/run-record.ts";
import { AirgapError } from "../../../../src/oci/airgap-error.ts";
import { denial, letterDigest, listReport, loadReport } from "../../../helpers/load-report.ts";

const digest = letterDigest("a");
const previous = letterDigest("b");

function record(rest: Partial<RunRecord> = {}): RunRecord {
  return {
    outcome: loadReport([
      listReport("a:1", { amd64: "pushed", "linux/arm/v7": "missing" }, { digest, previous }),
      listReport("b:1", { amd64: "failed" }, { error: denial }),
    ]),
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

describe("a run's record as a page", () => {
  test("holds matrix, digests, what was there before, failures, archives, times and versions", () => {
    const text = readText(recordToHtml(record()));
    for (const part of [
      "Images loaded into host:5000, 1 failed",
      "2026-01-02 03:04:05 UTC",
      "2026-01-02 03:05:06 UTC",
      "airgap-load 1.2.3, Node v24.0.0, linux x64",
      "1 sent (12.3 MB), 2 mounted, 3 already there",
      "Image linux/amd64 linux/arm/v7 List",
      `host:5000/a:1 pushed missing ${digest}`,
      "host:5000/b:1 failed - not published",
      `host:5000/a:1 was ${previous} back: airgap-load copy --plain-http docker://host:5000/a@${previous} docker://host:5000/a:1`,
      `[ACCESS_DENIED] ${denial.message} ${denial.hint}`.replaceAll('"', "&quot;"),
      `a.tar.gz 2 2.5 kB containerd ${"c".repeat(64)}`,
    ]) {
      expect(text).toContain(part);
    }
  });

  test("has no script, and takes nothing from elsewhere", () => {
    const page = recordToHtml(record());
    expect(page).not.toMatch(/<script|<link|<img|\bsrc=|\bhref=|url\(|@import/i);
    expect(page).toContain("default-src 'none'");
  });

  test("tells of a run that failed as a whole", () => {
    const outcome = new AirgapError("ARCHIVE_DAMAGED", "Cannot read it", { hint: "Copy it again." });
    const text = readText(recordToHtml(record({ outcome })));
    expect(text).toContain("No images loaded");
    expect(text).toContain("[ARCHIVE_DAMAGED] Cannot read it Copy it again.");
  });

  test("tells of a dry run as one", () => {
    const outcome = loadReport([listReport("a:1", { amd64: "pushed" }, { digest, previous })], {
      dryRun: true,
    });
    const text = readText(recordToHtml(record({ outcome })));
    expect(text).toContain("Dry run of loading images into host:5000");
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
    const page = recordToHtml(record({ outcome, archives }));
    expect(readText(page)).toContain("&lt;script&gt;");
    expect(page).not.toMatch(/<script|<!--/i);
    // oxlint-disable-next-line no-control-regex
    expect(readText(page)).not.toMatch(/[\u{1b}\u{202e}]/u);
  });
});
