import pLimit from "p-limit";
import { inspectLayer } from "../archive/inspect-layer.ts";
import type { ImageSource } from "../content/image-source.ts";
import type { Store } from "../content/repository.ts";
import { AirgapError, exitCodes } from "../oci/airgap-error.ts";
import { type Platform, parsePlatform } from "../oci/platform.ts";
import { formatReference, parseReference } from "../oci/reference.ts";
import { openSources } from "../transfer/open-sources.ts";
import { planLoad, type PlanOptions } from "../transfer/plan.ts";
import { nameTarget } from "../transfer/target-name.ts";
import { type ExpectedList, type VerifiedList, verifyList } from "../transfer/verify-list.ts";
import { type ArchiveFlags, architectureOptions, type NamingFlags } from "./load-flags.ts";
import { listArchives, parallelScans, readDestination, readPlanOptions } from "./load-request.ts";
import type { Progress } from "./output/progress.ts";
import { formatVerification, isFlawed, verificationToJson } from "./output/verification.ts";
import { openRegistryStore } from "./open-registry-store.ts";
import { type ProgressFlags, withProgress } from "./progress-options.ts";
import type { RegistryFlags } from "./registry-options.ts";
import { requestSources } from "./request-sources.ts";
import type { Terminal } from "./terminal.ts";
import { usageError } from "./usage-error.ts";
import { writeTextFile } from "./write-text-file.ts";

/** The options of `verify` as commander hands them over. */
export interface VerifyFlags extends RegistryFlags, ArchiveFlags, NamingFlags, ProgressFlags {
  readonly platform: readonly string[];
  readonly fast?: boolean;
  readonly json?: boolean;
  readonly failedList?: string;
}

/** Checks what a registry has against archives or a list of images; resolves to the exit code. */
export async function runVerify(
  registry: string,
  files: readonly string[],
  flags: VerifyFlags,
  terminal: Terminal,
): Promise<number> {
  const lists = await withProgress(flags, terminal, (progress) =>
    verify(registry, files, flags, terminal, progress),
  );
  const failed = lists.filter(isFlawed).map(({ source }) => `${formatReference(parseReference(source))}\n`);
  if (flags.failedList !== undefined) await writeTextFile("--failed-list", flags.failedList, failed.join(""));
  terminal.stdout.write(
    flags.json ? `${JSON.stringify(verificationToJson(lists), undefined, 2)}\n` : formatVerification(lists),
  );
  return failed.length ? exitCodes.partial : exitCodes.done;
}

async function verify(
  registry: string,
  files: readonly string[],
  flags: VerifyFlags,
  terminal: Terminal,
  { onEvent }: Progress,
): Promise<VerifiedList[]> {
  const { signal } = terminal;
  const { host, prefix } = readDestination({ ...flags, registry });
  const plan = await readPlanOptions(
    { ...flags, archTags: false, archTag: "", dropAttestations: false },
    prefix,
  );
  await using store = await openRegistryStore(host, flags, terminal, (text) =>
    onEvent({ type: "warning", warning: { severity: "note", text } }),
  );
  const expected = await listExpected(files, flags, plan, terminal, onEvent);
  const wanted = flags.platform.map(parsePlatform);
  const limit = pLimit(parallelLists);
  return await Promise.all(
    expected.map((list) => limit(() => verifyOrTell(list, wanted, store, flags, signal))),
  );
}

/** Names worked on at a time. */
const parallelLists = 4;

/** What the archives bring, else the names of the list. */
async function listExpected(
  files: readonly string[],
  flags: VerifyFlags,
  plan: PlanOptions,
  terminal: Terminal,
  onEvent: Progress["onEvent"],
): Promise<readonly ExpectedList[]> {
  if (hasArchives(files, flags)) return planArchives(files, flags, plan, terminal, onEvent);
  if (!plan.imageList)
    throw usageError(
      "Cannot verify: neither an archive nor an image list is given",
      "Give the archives that were loaded, or --image-list FILE.",
    );
  return plan.imageList.map((source) => {
    return { source, target: nameTarget(parseReference(source), plan), entries: [] };
  });
}

async function planArchives(
  files: readonly string[],
  flags: VerifyFlags,
  plan: PlanOptions,
  terminal: Terminal,
  onEvent: Progress["onEvent"],
): Promise<ExpectedList[]> {
  const archives = listArchives(files, flags);
  const sources = await requestSources(archives, { ...flags, layerCompression: "none" }, terminal);
  const opened: ImageSource[] = [];
  try {
    const given = await openSources(sources, {
      parallel: parallelScans(sources),
      signal: terminal.signal,
      onEvent,
      alongside: Promise.resolve(),
      onOpened: (source) => void opened.push(source),
      onChecked: () => undefined,
    });
    const { lists } = planLoad(given, plan);
    return lists.map(({ source, target, entries }) => ({ source: formatReference(source), target, entries }));
  } finally {
    for (const source of opened) await source[Symbol.asyncDispose]();
  }
}

function hasArchives(files: readonly string[], flags: VerifyFlags): boolean {
  return (
    files.length > 0 || flags.archive.length > 0 || architectureOptions.some((name) => flags[name]?.length)
  );
}

/** What a registry refuses is told for its image; where it cannot be reached there is no more to tell. */
async function verifyOrTell(
  list: ExpectedList,
  wanted: readonly Platform[],
  store: Store,
  { fast }: VerifyFlags,
  signal: AbortSignal,
): Promise<VerifiedList> {
  const repository = store.repository(list.target.repository);
  try {
    return await verifyList(list, wanted, repository, { ...(fast ? {} : { inspectLayer }), signal });
  } catch (error) {
    if (!(error instanceof AirgapError) || signal.aborted || error.exit === "unreachable") throw error;
    const platform = { os: "", architecture: "" };
    const images = [{ platform, problems: [error.message], notes: [] }];
    return { source: list.source, title: `${repository.title}:${list.target.tag}`, images };
  }
}
