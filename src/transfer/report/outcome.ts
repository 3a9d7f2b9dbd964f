import type { Digest } from "../../oci/digest.ts";

/** What is to be known of an outcome wherever it is told. */
interface OutcomeTraits {
  /** What a dry run calls it, which does nothing. */
  readonly planned: string;
  /** Whether the registry is another one for it. */
  readonly changes: boolean;
  /** Whether the list has the platform when the run is over. */
  readonly present: boolean;
  /** How loud a page says it. */
  readonly tone: "plain" | "quiet" | "bad";
}

/** What can become of one image for one platform (decision 17). */
export type Outcome =
  | "pushed"
  | "mounted"
  | "unchanged"
  | "replaced"
  | "kept"
  | "removed"
  | "missing"
  | "failed";

/** What table, progress lines, spec, pages and JSON read: a new word is a line here. */
export const outcomes: Readonly<Record<Outcome, OutcomeTraits>> = {
  pushed: { planned: "would push", changes: true, present: true, tone: "plain" },
  /** None of its bytes were sent: another repository had them. */
  mounted: { planned: "would mount", changes: true, present: true, tone: "plain" },
  unchanged: { planned: "unchanged", changes: false, present: true, tone: "quiet" },
  replaced: { planned: "would replace", changes: true, present: true, tone: "plain" },
  kept: { planned: "kept", changes: false, present: true, tone: "quiet" },
  removed: { planned: "would remove", changes: true, present: false, tone: "bad" },
  missing: { planned: "missing", changes: false, present: false, tone: "bad" },
  failed: { planned: "would fail", changes: false, present: false, tone: "bad" },
};

/** What can become of a name as a whole, in every command that publishes: its tag is new, moved, as it was, or failed. */
export type ImageOutcome = "pushed" | "replaced" | "unchanged" | "failed";

interface ImageOutcomeTraits extends Pick<OutcomeTraits, "planned" | "changes"> {
  /** In a summary. */
  readonly counted: string;
}

export const imageOutcomes: Readonly<Record<ImageOutcome, ImageOutcomeTraits>> = {
  pushed: { counted: "new", planned: "would push", changes: true },
  replaced: { counted: "replaced", planned: "would replace", changes: true },
  unchanged: { counted: "unchanged", planned: "unchanged", changes: false },
  failed: { counted: "failed", planned: "would fail", changes: false },
};

/** What becomes of a name that stood for `before`, if it was there, and stands for `now`. */
export function compareTag(
  before: Digest | undefined,
  now: Digest,
): { readonly outcome: Exclude<ImageOutcome, "failed">; readonly previous?: Digest } {
  if (before === undefined) return { outcome: "pushed" };
  return before === now ? { outcome: "unchanged" } : { outcome: "replaced", previous: before };
}

/** The word for an outcome, or for what a dry run foresees. */
export function wordOf(outcome: Outcome, dryRun: boolean): string {
  return dryRun ? outcomes[outcome].planned : outcome;
}

/** The same for a name as a whole. */
export function imageWordOf(outcome: ImageOutcome, dryRun: boolean): string {
  return dryRun ? imageOutcomes[outcome].planned : outcome;
}

/** How many images there are of each outcome, and in all. */
export function totalImages(
  images: readonly { readonly outcome: ImageOutcome }[],
): Record<ImageOutcome | "images", number> {
  const count = (outcome: ImageOutcome): number => images.filter((image) => image.outcome === outcome).length;
  return {
    images: images.length,
    pushed: count("pushed"),
    replaced: count("replaced"),
    unchanged: count("unchanged"),
    failed: count("failed"),
  };
}

/** `3 new, 1 replaced, 4 unchanged`; replaced and failed only where there are any. */
export function countOutcomes(images: readonly { readonly outcome: ImageOutcome }[]): string {
  const words = Object.entries(imageOutcomes).flatMap(([outcome, { counted }]) => {
    const count = images.filter((image) => image.outcome === outcome).length;
    const always = outcome === "pushed" || outcome === "unchanged";
    return always || count > 0 ? [`${count} ${counted}`] : [];
  });
  return words.join(", ");
}
