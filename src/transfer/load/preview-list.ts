import { breathe } from "../../content/turns.ts";
import type { Digest } from "../../oci/digest.ts";
import { familyOf, otherFamily } from "../../oci/media-type.ts";
import { platformKey } from "../../oci/platform.ts";
import { convertManifest } from "../format/convert-manifest.ts";
import type { Repository, Store } from "../../content/repository.ts";
import { usesTag } from "../graph/tag-children.ts";
import { isAlone } from "./compose-root.ts";
import { findChild } from "./child.ts";
import { checkPreserved, type ConvertedList, settleFamily } from "./list-family.ts";
import { type ExistingTag, readExistingTag } from "./existing-tag.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { CellReport, ListReport } from "../report/report.ts";
import { describeList, reportEntry, reportOthers, sortCells } from "./report-list.ts";
import { keepEntries } from "./keep-entries.ts";
import { outcomes } from "../report/outcome.ts";
import type { PublishOptions } from "./staged-list.ts";

/** What a run would do for a list, from reading the registry alone; without a store, from the archives alone. */
export async function previewList(
  given: PlannedList,
  title: { readonly title: string },
  store: Store | undefined,
  options: PublishOptions,
): Promise<ListReport> {
  const { list, changed } = await settleFamily({ list: given, repository: title }, options);
  await breathe(options.signal);
  if (!store) {
    const cells = list.entries.map((entry) =>
      reportEntry(entry, undefined, undefined, foreseeDigest(entry, changed)),
    );
    return {
      ...describeList(list, title),
      outcome: "pushed",
      cells: sortCells([...cells, ...reportOthers(list, undefined, [])]),
    };
  }
  const repository = store.repository(list.target.repository);
  const existing = await readExistingTag(repository, list.target.tag, options.signal);
  const kept = await keepEntries({ list, repository }, existing, options);
  await checkPreserved({ list, repository }, kept, options);
  const cells = await Promise.all(
    list.entries.map(async (entry): Promise<CellReport> => {
      const found = await findChild(entry, repository, existing, options.signal);
      return reportEntry(
        await withoutUnusedTag(entry, isAlone(list, kept), repository, options),
        existing,
        found && { kind: "found", manifest: found },
        found?.descriptor.digest ?? foreseeDigest(entry, changed, existing),
      );
    }),
  );
  const all = sortCells([...cells, ...reportOthers(list, existing, kept)]);
  const described = { ...describeList(list, title), cells: all };
  if (!existing) return { ...described, outcome: "pushed" };
  const { digest } = existing.descriptor;
  if (!all.some(({ outcome }) => outcomes[outcome].changes)) {
    return { ...described, outcome: "unchanged", digest };
  }
  return { ...described, outcome: "replaced", previous: digest };
}

/** Where the registry has what a conversion of the image gives, it has refused the image itself, and will again. */
function foreseeDigest(
  { image: { keepsManifest, sourceImage, platform } }: PlannedEntry,
  changed: ConvertedList["changed"],
  existing?: ExistingTag,
): Digest | undefined {
  const { manifest } = sourceImage;
  if (!keepsManifest || !manifest) return undefined;
  const { digest, mediaType } = manifest.descriptor;
  const converted = convertManifest(manifest, otherFamily(familyOf(mediaType)))?.descriptor.digest;
  const there = existing?.entries.find((entry) => platformKey(entry.platform) === platformKey(platform));
  if (converted !== undefined && there?.descriptor.digest === converted) return converted;
  return changed.get(digest)?.descriptor.digest ?? digest;
}

/** An image's own tag is told only where the run would make it or keep it current. */
async function withoutUnusedTag(
  entry: PlannedEntry,
  isWithoutList: boolean,
  repository: Repository,
  options: PublishOptions,
): Promise<PlannedEntry> {
  const { archTag, image } = entry;
  const isUsed = archTag !== undefined && !isWithoutList && (await usesTag(repository, archTag, options));
  return isUsed ? entry : { image };
}
