import type { Store } from "../../content/repository.ts";
import { findChild } from "./child.ts";
import { readExistingTag } from "./existing-tag.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { CellReport, ListReport } from "../report/report.ts";
import { describeList, reportEntry, reportOthers, sortCells } from "./report-list.ts";
import { keepEntries } from "./keep-entries.ts";
import { outcomes } from "../report/outcome.ts";
import type { PublishOptions } from "./staged-list.ts";

/** What a run would do for a list, from reading the registry alone; without a store, from the archives alone. */
export async function previewList(
  list: PlannedList,
  title: { readonly title: string },
  store: Store | undefined,
  options: PublishOptions,
): Promise<ListReport> {
  if (!store) {
    const cells = list.entries.map((entry) =>
      reportEntry(entry, undefined, undefined, promisedDigest(entry)),
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
  const all = sortCells([...cells, ...reportOthers(list, existing, kept)]);
  const described = { ...describeList(list, title), cells: all };
  if (!existing) return { ...described, outcome: "pushed" };
  const { digest } = existing.descriptor;
  if (!all.some(({ outcome }) => outcomes[outcome].changes)) {
    return { ...described, outcome: "unchanged", digest };
  }
  return { ...described, outcome: "replaced", previous: digest };
}

function promisedDigest({ image }: PlannedEntry): CellReport["digest"] {
  return image.keepsManifest ? image.sourceImage.manifest?.descriptor.digest : undefined;
}
