import { exitCodeOf, exitOfAbort } from "../exit-code.ts";
import { AirgapError } from "../../../oci/airgap-error.ts";
import { type Digest, isDigest } from "../../../oci/digest.ts";
import type { TargetName } from "../../../transfer/report/target-name.ts";
import { formatPlatform } from "../../../oci/platform.ts";
import { type ImageOutcome, imageOutcomes, totalImages } from "../../../transfer/report/outcome.ts";
import { type JsonCommand, jsonDocument, jsonFailure } from "./json-document.ts";
import type { CellReport, ListReport, LoadReport, SignatureReport } from "../../../transfer/report/report.ts";

/** An image that was to be published, as every command tells it. */
export interface ToldImage {
  /** The name that was asked for, where it is another one. */
  readonly source?: string;
  /** Where the image list has that. */
  readonly where?: string | undefined;
  /** The same, as the first release of `sync` called it. */
  readonly name?: string;
  /** Where it is, with the registry in front. */
  readonly title: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly outcome: ImageOutcome;
  readonly digest?: Digest;
  readonly previous?: Digest;
  readonly originalDigest?: Digest;
  readonly madeHere?: boolean;
  readonly signatures?: readonly SignatureReport[];
  readonly platforms?: readonly Readonly<Record<string, unknown>>[];
  readonly error?: AirgapError;
}

/** What a command published, image by image; `more` is what it tells beyond that. */
export function publishedToJson(
  command: JsonCommand,
  images: readonly ToldImage[],
  {
    totals,
    ...more
  }: { readonly totals?: Readonly<Record<string, number>>; readonly [key: string]: unknown } = {},
): Record<string, unknown> {
  return jsonDocument(command, {
    ...more,
    changed: images.some(isChanged),
    images: images.map(imageToJson),
    totals: { ...totalImages(images), ...totals },
  });
}

function imageToJson(image: ToldImage): Record<string, unknown> {
  const { source, where, name, title, repository, tag, outcome, digest, previous, error } = image;
  const { originalDigest, madeHere, signatures, platforms } = image;
  return {
    source,
    where,
    name,
    title,
    repository,
    tag,
    outcome,
    changed: isChanged(image),
    digest,
    previous,
    originalDigest,
    madeHere,
    signatures,
    platforms,
    ...(error ? { error: describeFailure(error) } : {}),
  };
}

/** In a dry run: whether it would be. */
function isChanged({ outcome }: Pick<ToldImage, "outcome">): boolean {
  return imageOutcomes[outcome].changes;
}

/** What a run did, for a program: one object, bytes and seconds as numbers. */
export function reportToJson(report: LoadReport): Record<string, unknown> {
  const { registry, dryRun, platforms, lists, totals } = report;
  return publishedToJson("load", lists.map(listToTold), {
    registry,
    dryRun,
    platforms: platforms.map(formatPlatform),
    totals: { ...totals },
  });
}

function listToTold({ target, cells, ...list }: ListReport): ToldImage {
  return { ...list, ...placeOf(target), platforms: cells.map(cellToJson) };
}

/** What goes under its digest has no tag. */
export function placeOf({ repository, tag }: TargetName): { repository: string; tag?: string } {
  return isDigest(tag) ? { repository } : { repository, tag };
}

function cellToJson({ platform, error, ...cell }: CellReport): Record<string, unknown> {
  return { platform: formatPlatform(platform), ...cell, ...(error ? { error: describeFailure(error) } : {}) };
}

/** The same shape for a command that failed as a whole, by a bug of ours too. */
export function errorToJson(error: unknown): Record<string, unknown> {
  if (error instanceof AirgapError) return jsonFailure(describeFailure(error));
  const message = error instanceof Error ? error.message : String(error);
  return jsonFailure({ code: "INTERNAL", message, exitCode: exitCodeOf(error) });
}

/** The same for one that a signal ended; what it was about to fail for then is of no interest, unless it says how far it came. */
export function interruptionToJson(error: unknown, signal: AbortSignal): Record<string, unknown> {
  const exit = exitOfAbort(signal);
  return errorToJson(
    isInterruption(error)
      ? error
      : new AirgapError("INTERRUPTED", "Cannot go on, a signal ended the run", { exit }),
  );
}

/** Whatever else is thrown after a signal is about work that was cut short. */
export function isInterruption(error: unknown): error is AirgapError {
  return error instanceof AirgapError && error.code === "INTERRUPTED";
}

/** An error as it stands in a report. */
export function describeFailure({ code, message, hint, exitCode }: AirgapError): Record<string, unknown> {
  return { code, message, hint, exitCode };
}
