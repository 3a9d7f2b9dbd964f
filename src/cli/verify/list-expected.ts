import type { ImageSource } from "../../content/image-source.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import { openSources } from "../../transfer/plan/open-sources.ts";
import type { PlannedArtifact } from "../../transfer/plan/plan-artifacts.ts";
import { planLoad, type PlanOptions } from "../../transfer/plan/plan.ts";
import { nameTarget } from "../../transfer/plan/name-target.ts";
import type { ExpectedList } from "../../transfer/verify/verify-list.ts";
import { countArchives } from "../options/load-flags.ts";
import { listArchives } from "../options/load-request.ts";
import type { Progress } from "../output/progress.ts";
import { requestSources } from "../options/request-sources.ts";
import type { VerifyFlags } from "./run-verify.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

export interface Expected {
  readonly lists: readonly ExpectedList[];
  readonly artifacts: readonly PlannedArtifact[];
}

/** What the archives bring, else the names of the list. */
export async function listExpected(
  files: readonly string[],
  flags: VerifyFlags,
  plan: PlanOptions,
  terminal: Terminal,
  onEvent: Progress["onEvent"],
): Promise<Expected> {
  if (countArchives(files, flags) > 0) return planArchives(files, flags, plan, terminal, onEvent);
  if (!plan.imageList)
    throw usageError(
      "Cannot verify: neither an archive nor an image list is given",
      "Give the archives that were loaded, or --image-list FILE.",
    );
  const lists = plan.imageList.map((source) => {
    return { source, target: nameTarget(parseReference(source), plan), entries: [] };
  });
  return { lists, artifacts: [] };
}

async function planArchives(
  files: readonly string[],
  flags: VerifyFlags,
  plan: PlanOptions,
  terminal: Terminal,
  onEvent: Progress["onEvent"],
): Promise<Expected> {
  const archives = listArchives(files, flags);
  const sources = await requestSources(archives, { ...flags, layerCompression: "none" }, terminal);
  const opened: ImageSource[] = [];
  try {
    const given = await openSources(sources, {
      signal: terminal.signal,
      onEvent,
      alongside: Promise.resolve(),
      onOpened: (source) => void opened.push(source),
      onChecked: () => undefined,
    });
    const { lists, artifacts } = planLoad(given, plan);
    return {
      lists: lists.map(({ source, target, entries }) => ({
        source: formatReference(source),
        target,
        entries,
      })),
      artifacts,
    };
  } finally {
    for (const source of opened) await source[Symbol.asyncDispose]();
  }
}
