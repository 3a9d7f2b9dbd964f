import { takeTurns } from "../../content/turns.ts";
import { type ArchiveOptions, readPlanOptions, toSourceRequests } from "../../archive-options.ts";
import type { ImageSource } from "../../content/image-source.ts";
import { formatReference, parseReference, splitPin } from "../../oci/reference.ts";
import { openSources, type SourceRequest } from "../../transfer/plan/open-sources.ts";
import type { PlannedArtifact } from "../../transfer/plan/plan-artifacts.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import type { PlannedFailure } from "../../transfer/plan/plan-faults.ts";
import { planLoad, type PlanOptions } from "../../transfer/plan/plan.ts";
import { nameTarget } from "../../transfer/plan/name-target.ts";
import type { ExpectedList } from "../../transfer/verify/verify-list.ts";
import {
  type ArchiveFlags,
  listArchiveFiles,
  type LoadFlags,
  type NamingFlags,
} from "../options/load-flags.ts";
import { listArchives, readArchiveOptions } from "../options/load-request.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

export interface Expected {
  readonly lists: readonly ExpectedList[];
  readonly artifacts: readonly PlannedArtifact[];
  /** What the archives name and cannot give. */
  readonly failures: readonly PlannedFailure[];
}

/** What the command line says is to be there: archives, or a list of images. */
export async function readExpectation(
  files: readonly string[],
  flags: ArchiveFlags & NamingFlags & RegistryFlags & Pick<LoadFlags, "archTag">,
  prefix: string,
  terminal: Terminal,
): Promise<ArchiveOptions> {
  const archives = listArchiveFiles(files, flags).length > 0 ? listArchives(files, flags) : [];
  if (archives.length === 0 && flags.imageList === undefined) {
    throw usageError(
      "Cannot verify: neither an archive nor an image list is given",
      "Give the archives that were loaded, or --image-list FILE.",
    );
  }
  const options = await readArchiveOptions(archives, flags, prefix, terminal);
  return { ...options, archTag: flags.archTag, layerCompression: "none" };
}

/** What the archives bring, else the names of the list. */
export async function listExpected(
  options: ArchiveOptions,
  signal: AbortSignal,
  onEvent: OnEvent,
): Promise<Expected> {
  const plan = readPlanOptions(options);
  if (options.archives.length > 0) return planArchives(toSourceRequests(options), plan, signal, onEvent);
  const names = (plan.imageList ?? []).flatMap((source) => splitPin(parseReference(source)));
  const lists = names.map((name) => {
    return { source: formatReference(name), target: nameTarget(name, plan), entries: [], pins: [] };
  });
  return { lists, artifacts: [], failures: [] };
}

async function planArchives(
  sources: readonly SourceRequest[],
  plan: PlanOptions,
  signal: AbortSignal,
  onEvent: OnEvent,
): Promise<Expected> {
  const opened: ImageSource[] = [];
  try {
    const given = await openSources(sources, {
      signal,
      onEvent,
      alongside: Promise.resolve(),
      onOpened: (source) => void opened.push(source),
      onChecked: () => undefined,
    });
    const { lists, artifacts, failures } = await takeTurns(planLoad(given, plan), signal);
    return {
      lists: lists.map((list) => ({ ...list, source: formatReference(list.source) })),
      artifacts,
      failures,
    };
  } finally {
    for (const source of opened) await source[Symbol.asyncDispose]();
  }
}
