import type { SourceFault } from "../../content/image-source.ts";
import type { Notice } from "../../content/notice.ts";
import { type InspectedImage, inspectedToJson } from "../output/json/inspected-image.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { describeFailure } from "../output/json/report-json.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { ImageReport, SourceReport } from "../../transfer/inspect/inspect-source.ts";

/**
 * What is in archives, and what images are, for a program: one object, sizes in bytes, platforms as
 * `os/architecture[/variant]`.
 */
export function inspectToJson(
  reports: readonly SourceReport[],
  inspected: readonly InspectedImage[],
): Record<string, unknown> {
  const images = reports.reduce((sum, report) => sum + report.images.length, inspected.length);
  const faults = reports.reduce((sum, report) => sum + report.faults.length, 0);
  return jsonDocument("inspect", {
    changed: false,
    archives: reports.map(sourceToJson),
    images: inspected.map(inspectedToJson),
    totals: { archives: reports.length, images, faults },
  });
}

function sourceToJson({
  title,
  facts,
  images,
  faults,
  notices,
  ...rest
}: SourceReport): Record<string, unknown> {
  const textsOf = (severity: Notice["severity"]): string[] =>
    notices.filter((notice) => notice.severity === severity).map(({ text }) => text);
  return {
    title,
    ...facts,
    images: images.map(imageToJson),
    faults: faults.map(faultToJson),
    ...rest,
    warnings: textsOf("warning"),
    notes: textsOf("note"),
  };
}

function faultToJson({ names, digest, error }: SourceFault): Record<string, unknown> {
  return { names, digest, ...describeFailure(error) };
}

function imageToJson({ platform, witnesses, ...image }: ImageReport): Record<string, unknown> {
  return {
    ...image,
    platform: platform && formatPlatform(platform),
    witnesses: {
      descriptor: witnesses.descriptor && formatPlatform(witnesses.descriptor),
      config: formatClaim(witnesses.config),
      binaries: witnesses.binaries,
    },
  };
}

/** A config that says nothing says nothing, not `/`. */
function formatClaim(platform: Platform): string | undefined {
  return platform.architecture === "" ? undefined : formatPlatform(platform);
}
