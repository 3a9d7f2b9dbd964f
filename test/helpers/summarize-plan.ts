import type { SourceImage } from "../../src/content/image-source.ts";
import { AirgapError } from "../../src/oci/airgap-error.ts";
import { formatPlatform, parsePlatform } from "../../src/oci/platform.ts";
import type { GivenSource } from "../../src/transfer/plan/planned-image.ts";
import { planLoad } from "./plan-load.ts";
import { formatTarget } from "../../src/transfer/report/target-name.ts";
import { planOptions, type PlanSpec } from "./plan-options.ts";
import { buildImage, buildSource, type SourceSpec } from "./archives/source-image.ts";

/** An archive under a flag: `amd64`, or none for `""`. */
export function give(flag: string, images: readonly SourceImage[], spec: SourceSpec = {}): GivenSource {
  const source = buildSource({ title: flag === "" ? "all.tar" : `${flag}.tar`, ...spec, images });
  return { source, ...(flag === "" ? {} : { flag: parsePlatform(flag) }) };
}

/** An image for `arm/v7` and the like, `rancher/pause:3.1` unless named. */
export function image(architecture: string, ...names: string[]): SourceImage {
  return buildImage({ config: `linux/${architecture}`, ...(names.length ? { names } : {}) });
}

/** Lists as `target: platforms / missing platforms`, warnings as `severity subject: text`. */
export function plan(
  sources: readonly GivenSource[],
  spec: PlanSpec = {},
): { lists: string[]; warnings: string[] } {
  const { lists, warnings } = planLoad(sources, planOptions(spec));
  return {
    lists: lists.map(({ target, entries, missing }) => {
      const platforms = entries.map(({ image }) => formatPlatform(image.platform)).join(" ");
      return `${formatTarget(target)}: ${platforms}${missing.length ? ` / ${missing.map(formatPlatform).join(" ")}` : ""}`;
    }),
    warnings: warnings.map(
      ({ severity, subject, text }) => `${severity} ${subject ? `${subject}: ` : ""}${text}`,
    ),
  };
}

/** What the plan is refused with. */
export function refusal(sources: readonly GivenSource[], spec: PlanSpec = {}): unknown {
  try {
    return planLoad(sources, planOptions(spec));
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    return { code: error.code, exit: error.exitCode, message: error.message, hint: error.hint };
  }
}
