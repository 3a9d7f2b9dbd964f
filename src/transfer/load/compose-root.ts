import type { Repository } from "../../content/repository.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { ExistingEntry, ExistingTag } from "./existing-tag.ts";
import { buildList, mergeEntries } from "./merge-list.ts";
import type { PublishOptions, StagedList } from "./staged-list.ts";

/**
 * What goes under the tag: the one image itself, the archives' own index, or a list made of ours and what was kept
 * (decisions 6 and 8).
 */
export async function composeRoot(
  staged: StagedList,
  existing: ExistingTag | undefined,
  kept: readonly ExistingEntry[],
  options: Pick<PublishOptions, "format" | "ownFamily" | "onExisting" | "signal">,
): Promise<ImageIndex | Manifest> {
  const { list, pushed, repository } = staged;
  const [manifest] = pushed.values();
  if (manifest && isAlone(list, kept)) {
    return options.onExisting === "merge" ? (listOfOne(existing, manifest) ?? manifest) : manifest;
  }
  if (list.verbatim && (await isVerbatim(list, kept, repository, options.signal))) return list.verbatim.index;
  const ours = [...pushed].map(([{ image }, { descriptor }]) => ({ platform: image.platform, descriptor }));
  return buildList(mergeEntries(kept, ours), options.format === "auto" ? options.ownFamily : options.format);
}

/** Whether a name's one image goes under it as it is. */
export function isAlone({ single }: PlannedList, kept: readonly ExistingEntry[]): boolean {
  return single && kept.length === 0;
}

/** A list in the registry that has just this image stays. */
function listOfOne(existing: ExistingTag | undefined, { descriptor }: Manifest): ImageIndex | undefined {
  if (!existing?.list || existing.attestations > 0) return undefined;
  const isSame =
    existing.entries.length === 1 && existing.entries[0]?.descriptor.digest === descriptor.digest;
  return isSame ? existing.list : undefined;
}

/** Whether the archives' own index is asked for by its digest. */
export function isPinned({ pins, verbatim }: PlannedList): boolean {
  return pins.some((pin) => pin === verbatim?.index.descriptor.digest);
}

/**
 * Whether the archives' own index goes up byte for byte: nothing is kept that it does not list, and what the archives lack of
 * it is in the registry.
 */
export async function isVerbatim(
  { verbatim }: PlannedList,
  kept: readonly ExistingEntry[],
  repository: Repository,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!verbatim) return false;
  const listed = new Set(verbatim.index.manifests.map(({ digest }) => digest));
  if (kept.some(({ descriptor }) => !listed.has(descriptor.digest))) return false;
  for (const { digest } of verbatim.absent) {
    if (!(await repository.resolve(digest, signal))) return false;
  }
  return true;
}
