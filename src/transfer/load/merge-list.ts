import type { OnExisting } from "../../content/option-words.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { buildIndex, type ImageIndex } from "../../oci/manifest.ts";
import { type Family, familyOf } from "../../oci/media-type.ts";
import { comparePlatforms, formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import { shortDigest } from "../../oci/digest.ts";
import type { ExistingEntry, ExistingTag } from "./existing-tag.ts";

/** One entry of a list to be. */
export interface ListEntry {
  readonly platform: Platform;
  readonly descriptor: Descriptor;
}

export interface KeptEntries {
  readonly kept: readonly ExistingEntry[];
  /** What was left behind and why, a sentence each. */
  readonly warnings: readonly string[];
  /** Why the list cannot be merged without a decision by the operator. */
  readonly problem?: string;
}

/**
 * Which entries of the list in the registry stay beside those that this run brings (decision 9). `faults` tells for an
 * entry why it cannot be trusted; such an entry, or one of two for the same platform, is never kept in silence.
 */
export function chooseKept(
  existing: ExistingTag | undefined,
  ours: readonly Platform[],
  mode: OnExisting,
  faults: ReadonlyMap<ExistingEntry, string>,
): KeptEntries {
  if (!existing || mode === "replace") return { kept: [], warnings: [] };
  const mine = new Set(ours.map(platformKey));
  const seen = new Map<string, ExistingEntry>();
  const kept: ExistingEntry[] = [];
  const warnings: string[] = [];
  const problems: string[] = [];
  for (const entry of existing.entries) {
    const key = platformKey(entry.platform);
    const twin = seen.get(key);
    if (twin?.descriptor.digest === entry.descriptor.digest) continue;
    seen.set(key, entry);
    const name = entry.platform.architecture
      ? formatPlatform(entry.platform)
      : "an image of unknown platform";
    const fault = faults.get(entry) ?? (twin && `the list has ${name} twice`);
    const what = `${name} ${shortDigest(entry.descriptor.digest)} of the list in the registry`;
    if (fault && mine.has(key)) warnings.push(`dropped ${what}: ${fault}`);
    else if (fault) problems.push(`cannot keep ${what}: ${fault}`);
    else if (!mine.has(key)) kept.push(entry);
  }
  return { kept, warnings, ...(problems.length ? { problem: problems.join("; ") } : {}) };
}

/** Kept entries and ours in the one order that lists have, whoever came first. */
export function mergeEntries(kept: readonly ExistingEntry[], ours: readonly ListEntry[]): Descriptor[] {
  const all = [...kept.map(({ platform, descriptor }) => ({ platform, descriptor })), ...ours];
  all.sort((a, b) => comparePlatforms(a.platform, b.platform));
  return all.map(({ platform, descriptor }) => ({
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    digest: descriptor.digest,
    platform: descriptor.platform ?? platform,
  }));
}

/** A list of these children: OCI where it is asked for or any child is, else Docker (decision 7). */
export function buildList(manifests: readonly Descriptor[], asked?: Family): ImageIndex {
  const isOci = asked === "oci" || manifests.some(({ mediaType }) => familyOf(mediaType) === "oci");
  return buildIndex(isOci ? "oci" : "docker", manifests);
}
