import { describe, expect, test } from "vitest";
import { formatReportDigests } from "../../../src/cli/load/report-digests.ts";
import { errorToJson, reportToJson } from "../../../src/cli/output/json/report-json.ts";
import { formatReportTable } from "../../../src/cli/load/report-table.ts";
import { denial, letterDigest, listReport, loadReport } from "../../helpers/load-report.ts";

const lists = [
  listReport(
    "rancher/pause:3.1",
    { amd64: "pushed", "linux/arm/v7": "replaced", s390x: "kept" },
    {
      digest: letterDigest("a"),
      previous: letterDigest("b"),
    },
  ),
  listReport(
    "a:1",
    { amd64: "unchanged", arm64: "mounted", "linux/arm/v7": "missing" },
    { digest: letterDigest("c") },
  ),
  listReport("b:1", { amd64: "failed" }, { error: denial }),
  listReport("a:sha256-x.sig", {}, { digest: letterDigest("d") }),
];
const report = loadReport(lists, {
  warnings: [{ severity: "warning", subject: "a:1", text: "not in the archives for linux/arm/v7" }],
});

describe("the table", () => {
  test("image by platform, lists, previous digests, failures, totals", () => {
    expect(`\n${formatReportTable(report, " --ca-file ca.pem")}`).toMatchInlineSnapshot(`
      "
      IMAGE                        AMD64      ARM64    ARM/V7    S390X  LIST
      host:5000/rancher/pause:3.1  pushed     -        replaced  kept   sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      host:5000/a:1                unchanged  mounted  missing   -      sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
      host:5000/b:1                failed     -        -         -      not published
      host:5000/a:sha256-x.sig     -          -        -         -      sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd

      Tags that named something else before:
      host:5000/rancher/pause:3.1 was sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        back: airgap-load copy --ca-file ca.pem docker://host:5000/rancher/pause@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb docker://host:5000/rancher/pause:3.1

      Failed:
      host:5000/b:1: [ACCESS_DENIED] Cannot push "host:5000/b:1": denied
        Sign in with an account that may push.

      4 images for host:5000: 1 new, 1 replaced, 1 unchanged, 1 failed; 1 blob sent (12.3 MB), 2 mounted, 3 already there; 4.6 s
      "
    `);
  });

  test("a dry run", () => {
    const dry = loadReport(
      [
        listReport("a:1", { amd64: "unchanged", arm64: "pushed", s390x: "removed" }),
        listReport("b:1", { amd64: "failed", arm64: "missing" }, { error: denial }),
      ],
      { dryRun: true },
    );
    expect(`\n${formatReportTable(dry, "")}`).toMatchInlineSnapshot(`
      "
      IMAGE          AMD64       ARM64       S390X         LIST
      host:5000/a:1  unchanged   would push  would remove  would push
      host:5000/b:1  would fail  missing     -             would fail

      Failed:
      host:5000/b:1: [ACCESS_DENIED] Cannot push "host:5000/b:1": denied
        Sign in with an account that may push.

      Dry run, 2 images for host:5000: 1 new, 0 unchanged, 1 failed. Nothing was sent.
      "
    `);
  });

  test("nothing at all", () => {
    expect(`\n${formatReportTable(loadReport([]), "")}`).toMatchInlineSnapshot(`
      "
      IMAGE  LIST

      0 images for host:5000: 0 new, 0 unchanged; 1 blob sent (12.3 MB), 2 mounted, 3 already there; 4.6 s
      "
    `);
  });

  test("a Windows image has its version in the column, and no name obeys the terminal", () => {
    const windows = listReport("a:1", { "windows(10.0.1)/amd64": "pushed" }, { title: "host/\u{1b}[2J:1" });
    const [header, row] = formatReportTable(loadReport([windows]), "").split("\n");
    expect(header).toContain("WINDOWS(10.0.1)/AMD64");
    expect(row).toContain("host/\\u{1b}[2J:1");
  });
});

test("digests: a name with its digest a line, of what is in the registry now", () => {
  expect(`\n${formatReportDigests(report)}`).toMatchInlineSnapshot(`
    "
    host:5000/rancher/pause:3.1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    host:5000/a:1@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    host:5000/a:sha256-x.sig@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
    "
  `);
});

describe("JSON", () => {
  test("a report", () => {
    expect(JSON.stringify(reportToJson(loadReport(lists.slice(0, 1))), undefined, 1)).toMatchInlineSnapshot(`
      "{
       "version": 1,
       "command": "load",
       "registry": "host:5000",
       "dryRun": false,
       "platforms": [
        "linux/amd64",
        "linux/arm/v7",
        "linux/s390x"
       ],
       "changed": true,
       "images": [
        {
         "source": "rancher/pause:3.1",
         "title": "host:5000/rancher/pause:3.1",
         "repository": "rancher/pause",
         "tag": "3.1",
         "outcome": "replaced",
         "changed": true,
         "digest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "previous": "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
         "platforms": [
          {
           "platform": "linux/amd64",
           "outcome": "pushed",
           "digest": "sha256:5861314d7fccb39c2192173240eab44fa35ca66426201ca2acd0630a6258dd51"
          },
          {
           "platform": "linux/arm/v7",
           "outcome": "replaced",
           "digest": "sha256:35df9beb9b1c4fe630707bc51e4360b94b506b4e6d5372d5d0d52a385350621b"
          },
          {
           "platform": "linux/s390x",
           "outcome": "kept",
           "digest": "sha256:77d3a5496288a2cd8724282d24f862ab1ea470f3aba13cadb9e3c105aaacf20b"
          }
         ]
        }
       ],
       "totals": {
        "images": 1,
        "pushed": 0,
        "replaced": 1,
        "unchanged": 0,
        "failed": 0,
        "lists": 1,
        "blobsPushed": 1,
        "bytesPushed": 12345678,
        "blobsMounted": 2,
        "blobsPresent": 3,
        "seconds": 4.56
       }
      }"
    `);
  });

  test("a list that failed has its error, by code, and no error object of ours", () => {
    const { images } = JSON.parse(JSON.stringify(reportToJson(report))) as { images: unknown[] };
    expect(images[2]).toEqual({
      outcome: "failed",
      changed: false,
      source: "b:1",
      title: "host:5000/b:1",
      repository: "b",
      tag: "1",
      platforms: [{ platform: "linux/amd64", outcome: "failed" }],
      error: {
        code: "ACCESS_DENIED",
        message: 'Cannot push "host:5000/b:1": denied',
        hint: "Sign in with an account that may push.",
        exitCode: 77,
      },
    });
  });

  test("a run that failed as a whole", () => {
    expect(errorToJson(denial)).toEqual({
      version: 1,
      error: expect.objectContaining({ code: "ACCESS_DENIED", exitCode: 77 }),
    });
  });
});
