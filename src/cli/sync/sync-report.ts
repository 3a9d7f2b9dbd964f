import { printable } from "../../oci/printable.ts";
import type { SyncedImage } from "../../transfer/sync/sync-images.ts";
import { countNoun } from "../output/count-noun.ts";
import { formatFailures } from "../output/failures-text.ts";
import { formatMovedTags } from "../output/moved-tag.ts";
import { describeFailure } from "../output/report-json.ts";
import { formatTable } from "../output/table.ts";

/** What was copied, for a person: a line for each image, what moved tags named before, why images failed. */
export function formatSync(images: readonly SyncedImage[], dryRun: boolean): string {
  const rows = images.map(({ title, outcome, digest }) => [printable(title), outcome, digest ?? ""]);
  const failed = images.filter(({ error }) => error).length;
  const unchanged = images.filter(({ outcome }) => outcome === "unchanged").length;
  const copied = countNoun(images.length - failed - unchanged, "image");
  const failures = failed ? `, ${failed} failed` : "";
  const total = dryRun
    ? `Dry run: ${copied} would be copied, ${unchanged} are there${failures}. Nothing was sent.\n`
    : `${copied} copied, ${unchanged} were there${failures}\n`;
  return [
    formatTable([["IMAGE", "OUTCOME", "DIGEST"], ...rows]),
    dryRun ? "" : formatMovedTags(images),
    formatFailures(images),
    total,
  ]
    .filter(Boolean)
    .join("\n");
}

/** Version of the shape below; a key that is there stays. */
const version = 1;

/** The same for a program. */
export function syncToJson(images: readonly SyncedImage[], dryRun: boolean): Record<string, unknown> {
  return {
    version,
    dryRun,
    images: images.map(({ error, ...image }) => ({
      ...image,
      ...(error ? { error: describeFailure(error) } : {}),
    })),
  };
}
