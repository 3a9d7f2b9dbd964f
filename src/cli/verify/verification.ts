import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { VerifiedImage } from "../../transfer/verify/verify-image.ts";
import type { VerifiedList } from "../../transfer/verify/verified-list.ts";
import { placeOf } from "../output/json/report-json.ts";
import type { TargetName } from "../../transfer/report/target-name.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { formatTable } from "../output/table.ts";

/** How a list stands, and where it was to be within the registry. */
export interface CheckedList extends VerifiedList {
  readonly target?: TargetName;
  /** Where the image list has it, for people. */
  readonly where?: string | undefined;
}

/** A line for each image and platform, PASS or FAIL in front, and a count. */
export function formatVerification(lists: readonly CheckedList[]): string {
  const rows = lists.flatMap((list) => list.images.map((image) => formatRow(list, image)));
  const failed = rows.filter(([outcome]) => outcome === "FAIL").length;
  return `${formatTable(rows)}\n${rows.length - failed} passed, ${failed} failed\n`;
}

/** Whether any image of a list is not as it should be. */
export function isFlawed({ images }: VerifiedList): boolean {
  return !images.every(isSound);
}

function formatRow({ title, where, digest: listed }: CheckedList, image: VerifiedImage): string[] {
  const { problems, notes, digest } = image;
  const place = where === undefined || listed ? "" : ` (${where})`;
  const told = problems.length ? problems.join("; ") + place : [digest ?? "", ...notes].join("  ");
  return [problems.length ? "FAIL" : "PASS", title, platformOf(image), told].map((cell) =>
    printable(cell, 1000),
  );
}

function platformOf({ platform }: VerifiedImage): string {
  return platform.architecture ? formatPlatform(platform) : "-";
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
