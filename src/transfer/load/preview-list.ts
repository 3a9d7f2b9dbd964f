import type { Store } from "../../content/repository.ts";
import { findChild } from "./child.ts";
import { readExistingTag } from "./existing-tag.ts";
import type { PlannedEntry, PlannedList } from "../plan/plan.ts";
import type { CellReport, ListReport } from "../report/report.ts";
import { describeList, reportEntry, reportKept, reportMissing, sortCells } from "./report-list.ts";
import { checkRequired, keepEntries, type PublishOptions } from "./stage-list.ts";

/** What a run would do for a list, from reading the registry alone; without a store, from the archives alone. */
export async function previewList(
  list: PlannedList,
  title: { readonly title: string },
  store: Store | undefined,
  options: PublishOptions,
): Promise<ListReport> {
  if (!store) {
    const ours = list.entries.map(({ image }) => image.platform);
    checkRequired(describeList(list, title).title, ours, options.require);
    const cells = list.entries.map((entry) =>
      reportEntry(entry, undefined, undefined, promisedDigest(entry)),
    );
    return { ...describeList(list, title), cells: sortCells([...cells, ...reportMissing(list, [])]) };
  }
  const repository = store.repository(list.target.repository);
  const existing = await readExistingTag(repository, list.target.tag, options.signal);
  const kept = await keepEntries({ list, repository }, existing, options);
  const cells = await Promise.all(
    list.entries.map(async (entry): Promise<CellReport> => {
      const found = await findChild(entry, repository, existing, options.signal);
      return reportEntry(
        entry,
        existing,
        found && { kind: "found", manifest: found },
        found?.descriptor.digest ?? promisedDigest(entry),
      );
    }),
  );
  const previous = existing ? { previous: existing.descriptor.digest } : {};
  return {
    ...describeList(list, title),
    cells: sortCells([...cells, ...kept.map(reportKept), ...reportMissing(list, kept)]),
    ...previous,
  };
}

function promisedDigest({ image }: PlannedEntry): CellReport["digest"] {
  return image.keepsManifest ? image.image.manifest?.descriptor.digest : undefined;
}
