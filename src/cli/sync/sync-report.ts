import { printable } from "../../oci/printable.ts";
import { countOutcomes, imageWordOf } from "../../transfer/report/outcome.ts";
import type { SyncedImage } from "../../transfer/sync/sync-images.ts";
import { countNoun } from "../output/count-noun.ts";
import { formatFailures } from "../output/failures-text.ts";
import { formatMovedTags } from "../output/moved-tag.ts";
import { publishedToJson } from "../output/json/report-json.ts";
import { formatDigest, type TableForm, wholeTable } from "../output/table-form.ts";
import { formatTable } from "../output/table.ts";

/** An image, and where the image list has it. */
export interface ListedSync extends SyncedImage {
  readonly where?: string | undefined;
}

/** What was copied, for a person: a line for each image, what moved tags named before, why images failed. */
export function formatSync(
  images: readonly ListedSync[],
  dryRun: boolean,
  connection: string,
  form: TableForm = wholeTable,
): string {
  const rows = images.map(({ title, outcome, digest }) => [
    printable(title),
    imageWordOf(outcome, dryRun),
    formatDigest(digest, form) ?? "",
  ]);
  const counts = `${countNoun(images.length, "image")}: ${countOutcomes(images)}`;
  const total = dryRun ? `Dry run, ${counts}. Nothing was sent.\n` : `${counts}\n`;
  return [
    formatTable([["IMAGE", "OUTCOME", "DIGEST"], ...rows], form.columns),
    dryRun ? "" : formatMovedTags(images, connection),
    formatFailures(images),
    total,
  ]
    .filter(Boolean)
    .join("\n");
}

/** The same for a program. */
export function syncToJson(images: readonly SyncedImage[], dryRun: boolean): Record<string, unknown> {
  const told = images.map((image) => ({ ...image, source: image.name }));
  return publishedToJson("sync", told, { dryRun });
}
