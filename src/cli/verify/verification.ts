import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { VerifiedImage } from "../../transfer/verify/verify-image.ts";
import type { VerifiedList } from "../../transfer/verify/verified-list.ts";
import { formatTable } from "../output/table.ts";

/** A line for each image and platform, PASS or FAIL in front, and a count. */
export function formatVerification(lists: readonly VerifiedList[]): string {
  const rows = lists.flatMap(({ title, images }) => images.map((image) => formatRow(title, image)));
  const failed = rows.filter(([outcome]) => outcome === "FAIL").length;
  return `${formatTable(rows)}\n${rows.length - failed} passed, ${failed} failed\n`;
}

/** Whether any image of a list is not as it should be. */
export function isFlawed({ images }: VerifiedList): boolean {
  return images.some(({ problems }) => problems.length > 0);
}

function formatRow(title: string, image: VerifiedImage): string[] {
  const { problems, notes, digest } = image;
  const told = problems.length ? problems.join("; ") : [digest ?? "", ...notes].join("  ");
  return [problems.length ? "FAIL" : "PASS", title, platformOf(image), told].map((cell) =>
    printable(cell, 1000),
  );
}

function platformOf({ platform }: VerifiedImage): string {
  return platform.architecture ? formatPlatform(platform) : "-";
}

/** Version of the shape below; a key that is there stays. */
const version = 1;

/** The same for a program. */
export function verificationToJson(lists: readonly VerifiedList[]): Record<string, unknown> {
  const images = lists.map(({ source, title, digest, signatures, images }) => ({
    source,
    title,
    digest,
    signatures,
    passed: images.every(({ problems }) => problems.length === 0),
    platforms: images.map((image) => ({
      platform: image.platform.architecture ? formatPlatform(image.platform) : undefined,
      digest: image.digest,
      passed: image.problems.length === 0,
      problems: image.problems,
      notes: image.notes,
    })),
  }));
  return { version, passed: !lists.some(isFlawed), images };
}
