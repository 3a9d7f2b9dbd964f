import { printable } from "../../oci/printable.ts";
import { countOutcomes, imageOutcomes, imageWordOf, totalImages } from "../../transfer/report/outcome.ts";
import type { SyncedImage } from "../../transfer/sync/sync-images.ts";
import { countNoun } from "../output/count-noun.ts";
import { formatFailures } from "../output/failures-text.ts";
import { formatMovedTags } from "../output/moved-tag.ts";
import { jsonDocument } from "../output/json-document.ts";
import { describeFailure } from "../output/report-json.ts";
import { formatTable } from "../output/table.ts";

/** What was copied, for a person: a line for each image, what moved tags named before, why images failed. */
export function formatSync(images: readonly SyncedImage[], dryRun: boolean, connection: string): string {
  const rows = images.map(({ title, outcome, digest }) => [
    printable(title),
    imageWordOf(outcome, dryRun),
    digest ?? "",
  ]);
  const counts = `${countNoun(images.length, "image")}: ${countOutcomes(images)}`;
  const total = dryRun ? `Dry run, ${counts}. Nothing was sent.\n` : `${counts}\n`;
  return [
    formatTable([["IMAGE", "OUTCOME", "DIGEST"], ...rows]),
    dryRun ? "" : formatMovedTags(images, connection),
    formatFailures(images),
    total,
  ]
    .filter(Boolean)
    .join("\n");
}

/** The same for a program. */
export function syncToJson(images: readonly SyncedImage[], dryRun: boolean): Record<string, unknown> {
  return jsonDocument("sync", {
    dryRun,
    changed: images.some(({ outcome }) => imageOutcomes[outcome].changes),
    images: images.map(({ name, title, repository, tag, outcome, error, ...image }) => ({
      source: name,
      // As the first release called the source.
      name,
      title,
      repository,
      tag,
      outcome,
      changed: imageOutcomes[outcome].changes,
      digest: image.digest,
      previous: image.previous,
      signatures: image.signatures,
      ...(error ? { error: describeFailure(error) } : {}),
    })),
    totals: totalImages(images),
  });
}
