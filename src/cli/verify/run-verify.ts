import type { JsonFlag } from "../output/json/json-option.ts";
import { titleTarget } from "../../transfer/report/target-name.ts";
import { writeJson } from "../output/json/write-json.ts";
import { tableFor } from "../output/table-form.ts";
import { shown } from "../output/shown.ts";
import { inspectLayer } from "../../archive/layers/inspect-layer.ts";
import type { Repository, Store } from "../../content/repository.ts";
import type { ArchiveOptions } from "../../archive-options.ts";
import { exitCodes } from "../../oci/airgap-error.ts";
import { parsePlatform, unknownPlatform } from "../../oci/platform.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import type { BlobTask } from "../../transfer/report/blob-task.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import type { PlannedFailure } from "../../transfer/plan/plan-faults.ts";
import { startArtifact } from "../../transfer/verify/verify-artifact.ts";
import { startList } from "../../transfer/verify/verify-list.ts";
import type { ArchiveFlags, NamingFlags } from "../options/load-flags.ts";
import { type Check, CheckCounts, runChecks } from "./run-checks.ts";
import { listExpected, readExpectation } from "./list-expected.ts";
import { type ArchTagsFlag, readArchTags } from "../options/arch-tags-option.ts";
import { readDestination } from "../options/load-request.ts";
import { type CheckedList, formatVerification, isFlawed, verificationToJson } from "./verification.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import { type CommandContext, type ProgressFlags } from "../progress/progress-options.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { SignatureFlags } from "../options/signature-options.ts";
import { printImageList } from "../files/read-image-list.ts";
import type { Terminal } from "../terminal.ts";
import { readTrust } from "../files/read-trust.ts";
import { writeFailedList } from "../files/failed-list.ts";
import { withFailedList } from "../progress/with-failed-list.ts";

/** The options of `verify` as commander hands them over. */
export interface VerifyFlags
  extends RegistryFlags, ArchiveFlags, NamingFlags, ProgressFlags, ArchTagsFlag, SignatureFlags, JsonFlag {
  readonly platform: readonly string[];
  readonly archTag: string;
  readonly fast?: boolean;
  readonly failedList?: string;
}

/** Checks what a registry has against archives or a list of images; resolves to the exit code. */
export async function runVerify(
  registry: string,
  files: readonly string[],
  flags: VerifyFlags,
  terminal: Terminal,
): Promise<number> {
  if (flags.listImages) return printImageList("verify", flags, terminal);
  const lists = await withFailedList(flags, terminal, (context) => verify(registry, files, context), "reads");
  const failed = lists.filter(isFlawed).map(({ source }) => formatReference(parseReference(source)));
  await writeFailedList(flags.failedList, failed);
  if (flags.json) writeJson(terminal, verificationToJson(lists));
  else terminal.stdout.write(shown(formatVerification(lists, tableFor(terminal.stdout))));
  return failed.length ? exitCodes.partial : exitCodes.done;
}

async function verify(
  registry: string,
  files: readonly string[],
  { flags, terminal, onEvent }: CommandContext<VerifyFlags>,
): Promise<CheckedList[]> {
  const { signal } = terminal;
  const { host, prefix } = readDestination({ ...flags, registry });
  const trust = await readTrust(flags);
  const expecting = await readExpectation(files, flags, prefix, terminal);
  await using store = await openRegistryStore(
    host,
    { ...flags, readOnly: true },
    terminal,
    tellNotices(onEvent),
  );
  const { lists, artifacts, failures } = await listExpected(expecting, signal, onEvent);
  const places = listPlaces(expecting);
  const wanted = flags.platform.map(parsePlatform);
  const options = {
    ...(flags.fast ? {} : { inspectLayer }),
    archTags: readArchTags(flags),
    signal,
    ...(trust ? { trust } : {}),
  };
  const checks: readonly Check[] = [
    ...lists.map((list) => ({
      ...list,
      start: (repository: Repository, task: BlobTask) =>
        startList(list, wanted, repository, { ...options, task }),
    })),
    ...artifacts.map((artifact) => ({
      source: formatReference(artifact.source),
      target: artifact.target,
      start: async (repository: Repository, task: BlobTask) =>
        startArtifact(artifact, repository, { ...options, task }),
    })),
  ];
  onEvent({ type: "planned", images: checks.length, names: checks.map(({ source }) => source) });
  const counts = new CheckCounts(checks.length, !flags.fast, onEvent);
  const verified = await runChecks(checks, { store, counts, onEvent, signal });
  const listed = verified.map((list) => ({ ...list, where: places.get(list.source) }));
  return [...listed, ...failures.map((failure) => tellUnusable(failure, store))];
}

/** Where the image list has names, by the names in full. */
function listPlaces({ listedAt = new Map<string, string>() }: ArchiveOptions): ReadonlyMap<string, string> {
  return new Map([...listedAt].map(([name, where]) => [formatReference(parseReference(name)), where]));
}

/** An image that its archive cannot give is in no registry as it should be, whatever is there. */
function tellUnusable({ name, source, target, error }: PlannedFailure, store: Store): CheckedList {
  const images = [{ platform: unknownPlatform, problems: [error.message], notes: [] }];
  if (!source) return { source: name, title: name, images };
  const title = titleTarget(store.repository(target.repository).title, target.tag);
  return { source: formatReference(source), title, target, images };
}
