import { AirgapError } from "../../src/oci/airgap-error.ts";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { type ImageOutcome, type Outcome, outcomes } from "../../src/transfer/report/outcome.ts";
import type { CellReport, ListReport, LoadReport } from "../../src/transfer/report/report.ts";
import { platformsOfCells } from "../../src/transfer/load/report-list.ts";

/** A digest of one letter over and over, for output that people compare by eye. */
export function letterDigest(letter: string): Digest {
  return `sha256:${letter.repeat(64)}` as Digest;
}

/** A list's line in a report: outcomes by platform. */
export function listReport(
  source: string,
  became: Readonly<Record<string, Outcome>>,
  rest: Partial<ListReport> = {},
): ListReport {
  const [repository = "", tag = ""] = source.split(":");
  const cells = Object.entries(became).map(([platform, outcome]): CellReport => {
    const known = outcome === "missing" || outcome === "failed";
    return { platform: parsePlatform(platform), outcome, ...(known ? {} : { digest: digestOf(platform) }) };
  });
  return {
    source,
    target: { repository, tag },
    title: `host:5000/${source}`,
    repositoryTitle: `host:5000/${repository}`,
    outcome: outcomeOf(cells, rest),
    cells,
    ...rest,
  };
}

function outcomeOf(cells: readonly CellReport[], { error, previous }: Partial<ListReport>): ImageOutcome {
  if (error) return "failed";
  if (previous) return "replaced";
  return cells.some(({ outcome }) => outcomes[outcome].changes) ? "pushed" : "unchanged";
}

/** A report over these lists, its totals made up. */
export function loadReport(lists: readonly ListReport[], rest: Partial<LoadReport> = {}): LoadReport {
  const failed = lists.filter(({ error }) => error).length;
  return {
    registry: "host:5000",
    dryRun: false,
    platforms: platformsOfCells(lists),
    lists,
    warnings: [],
    totals: {
      lists: lists.length,
      failed,
      blobsPushed: 1,
      bytesPushed: 12_345_678,
      blobsMounted: 2,
      blobsPresent: 3,
      seconds: 4.56,
    },
    ...rest,
  };
}

/** What the registry says when it does not want something. */
export const denial: AirgapError = new AirgapError("ACCESS_DENIED", 'Cannot push "host:5000/b:1": denied', {
  exit: "denied",
  hint: "Sign in with an account that may push.",
});
