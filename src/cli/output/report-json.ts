import type { AirgapError } from "../../oci/airgap-error.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { imageOutcomes, totalImages } from "../../transfer/report/outcome.ts";
import { jsonDocument, jsonFailure } from "./json-document.ts";
import type { CellReport, ListReport, LoadReport } from "../../transfer/report/report.ts";

/** What a run did, for a program: one object, bytes and seconds as numbers. */
export function reportToJson(report: LoadReport): Record<string, unknown> {
  return jsonDocument("load", {
    registry: report.registry,
    dryRun: report.dryRun,
    changed: report.lists.some(isChanged),
    platforms: report.platforms.map(formatPlatform),
    images: report.lists.map(listToJson),
    warnings: report.warnings,
    totals: { ...totalImages(report.lists), ...report.totals },
  });
}

/** The same shape for a run that failed as a whole. */
export function errorToJson(error: AirgapError): Record<string, unknown> {
  return jsonFailure(describeFailure(error));
}

function listToJson(list: ListReport): Record<string, unknown> {
  const { source, title, target, outcome, digest, previous, originalDigest, cells, error } = list;
  const { madeHere, signatures } = list;
  return {
    source,
    title,
    repository: target.repository,
    tag: target.tag,
    outcome,
    changed: isChanged(list),
    digest,
    previous,
    originalDigest,
    madeHere,
    signatures,
    platforms: cells.map(cellToJson),
    ...(error ? { error: describeFailure(error) } : {}),
  };
}

/** In a dry run: whether it would be. */
function isChanged({ outcome }: Pick<ListReport, "outcome">): boolean {
  return imageOutcomes[outcome].changes;
}

function cellToJson({ platform, error, ...cell }: CellReport): Record<string, unknown> {
  return { platform: formatPlatform(platform), ...cell, ...(error ? { error: describeFailure(error) } : {}) };
}

/** An error as it stands in a report. */
export function describeFailure({ code, message, hint, exitCode }: AirgapError): Record<string, unknown> {
  return { code, message, hint, exitCode };
}
