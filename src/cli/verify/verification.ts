import { groupBy } from "../../content/group-by.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { VerifiedImage } from "../../transfer/verify/verify-image.ts";
import type { VerifiedList } from "../../transfer/verify/verified-list.ts";
import { placeOf } from "../output/json/report-json.ts";
import type { TargetName } from "../../transfer/report/target-name.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { countNoun } from "../output/count-noun.ts";
import { formatDigest, type TableForm, wholeTable } from "../output/table-form.ts";
import { shortPlatform } from "../output/short-platform.ts";
import { formatTable } from "../output/table.ts";

/** How a list stands, and where it was to be within the registry. */
export interface CheckedList extends VerifiedList {
  readonly target?: TargetName;
  /** Where the image list has it, for people. */
  readonly where?: string | undefined;
}

/** A line for each name, PASS or FAIL in front, with its platforms and its digest, or what is wrong with it; and a count. */
export function formatVerification(lists: readonly CheckedList[], form: TableForm = wholeTable): string {
  const header = ["", "IMAGE", "PASSED FOR", "DIGEST OR FAULT"];
  const rows = lists.map((list) => formatRow(list, form).map((cell) => printable(cell, 1000)));
  const failed = lists.filter(isFlawed).length;
  const counts = `${lists.length - failed} passed, ${failed} failed`;
  return `${formatTable([header, ...rows], form.columns)}\n${countNoun(lists.length, "image")}: ${counts}\n`;
}

/** Whether any image of a list is not as it should be. */
export function isFlawed({ images }: VerifiedList): boolean {
  return !images.every(isSound);
}

function formatRow(list: CheckedList, form: TableForm): string[] {
  const { title, where, digest, images } = list;
  const platforms = images.filter(isSound).map(platformOf).filter(Boolean);
  const notes = tellClauses(images, ({ notes }) => notes);
  const named = [title, [...new Set(platforms)].join(" ") || "-"];
  if (!isFlawed(list)) {
    const told = formatDigest(digest, form) ?? "";
    return ["PASS", ...named, [told, ...notes].join("  ")];
  }
  const place = where === undefined || digest ? "" : ` (${where})`;
  const problems = tellClauses(images, ({ problems }) => problems);
  return ["FAIL", ...named, [...problems, ...notes].join("; ") + place];
}

/** What is said of all images of a list is said once, of some with their platforms in front. */
function tellClauses(
  images: readonly VerifiedImage[],
  clausesOf: (image: VerifiedImage) => readonly string[],
): string[] {
  const said = images.flatMap((image) => clausesOf(image).map((clause) => ({ clause, image })));
  return [...groupBy(said, ({ clause }) => clause)].map(([clause, group]) => {
    const platforms = group.flatMap(({ image }) => platformOf(image) || []);
    return group.length === images.length || platforms.length === 0
      ? clause
      : `${platforms.join(", ")}: ${clause}`;
  });
}

/** Empty where nothing tells it. */
function platformOf({ platform }: VerifiedImage): string {
  return platform.architecture ? shortPlatform(formatPlatform(platform)) : "";
}

/** The same for a program. */
export function verificationToJson(lists: readonly CheckedList[]): Record<string, unknown> {
  const images = lists.map(({ source, where, title, target, digest, signatures, images }) => ({
    source,
    where,
    title,
    ...(target ? placeOf(target) : {}),
    digest,
    signatures,
    outcome: images.every(isSound) ? "passed" : "failed",
    passed: images.every(isSound),
    platforms: images.map((image) => ({
      platform: image.platform.architecture ? formatPlatform(image.platform) : undefined,
      digest: image.digest,
      outcome: isSound(image) ? "passed" : "failed",
      passed: isSound(image),
      problems: image.problems,
      notes: image.notes,
    })),
  }));
  const failed = lists.filter(isFlawed).length;
  const totals = { images: lists.length, passed: lists.length - failed, failed };
  return jsonDocument("verify", { changed: false, passed: failed === 0, images, totals });
}

function isSound({ problems }: VerifiedImage): boolean {
  return problems.length === 0;
}
