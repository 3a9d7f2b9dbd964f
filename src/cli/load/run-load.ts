import { inspectLayer } from "../../archive/layers/inspect-layer.ts";
import type { Store } from "../../content/repository.ts";
import { openLayoutStore } from "../../storage/directory/open-layout-store.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { openCheckedPairs } from "../../transfer/load/checked-pairs-file.ts";
import { tellNotes } from "../../transfer/report/events.ts";
import { load } from "../../transfer/load/load.ts";
import type { LoadReport } from "../../transfer/report/report.ts";
import type { LoadFlags } from "../options/load-flags.ts";
import { exitCodeOfReport } from "../output/exit-code.ts";
import { listArchives, readDestination, readPlanOptions } from "../options/load-request.ts";
import { describeEndpoint, type MirrorEndpoint } from "./mirrors/mirror-endpoint.ts";
import { type Progress, startProgress } from "../output/progress.ts";
import { checkReportFiles } from "./report-files.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import { requestSources } from "../options/request-sources.ts";
import { startRecord } from "./run-record.ts";
import { tellFailure, tellReport } from "./tell-outcome.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** Runs the main job for a command line; resolves to the exit code. */
export async function runLoad(
  files: readonly string[],
  flags: LoadFlags,
  terminal: Terminal,
): Promise<number> {
  checkFlags(flags);
  const progress = startProgress({
    stderr: terminal.stderr,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    bars: flags.progress,
  });
  const record = startRecord(progress.onEvent);
  try {
    await checkReportFiles(flags.report);
    const { report, endpoint } = await loadWith(files, flags, terminal, {
      ...progress,
      onEvent: record.onEvent,
    });
    progress.stop();
    await tellReport(report, record.end(report), endpoint, flags, terminal);
    return exitCodeOfReport(report, flags.strict ?? false);
  } catch (error) {
    progress.stop();
    if (error instanceof AirgapError) await tellFailure(error, record.end(error), flags, terminal);
    throw error;
  }
}

function checkFlags(flags: LoadFlags): void {
  if (flags.offline && !flags.dryRun)
    throw usageError(
      "Cannot load with --offline alone",
      "Give --dry-run with it, to plan without the registry.",
    );
  if (flags.writeSpec !== undefined && flags.registry === undefined)
    throw usageError("Cannot write a spec without --registry, whose host its names have");
  if (!flags.printRegistriesYaml && !flags.printHostsToml) return;
  if (flags.registry === undefined)
    throw usageError("Cannot print what nodes need without --registry, which they pull from");
  if (flags.json || flags.output !== "table")
    throw usageError(
      "Cannot print both the outcome and what nodes need on standard output",
      "Write the outcome to a file: --report FILE.json.",
    );
}

async function loadWith(
  files: readonly string[],
  flags: LoadFlags,
  terminal: Terminal,
  progress: Progress,
): Promise<{ report: LoadReport; endpoint: MirrorEndpoint }> {
  const archives = listArchives(files, flags);
  const destination = readDestination(flags);
  const [plan, sources] = await Promise.all([
    readPlanOptions(flags, destination.prefix),
    requestSources(archives, flags, terminal),
  ]);
  let origin: URL | undefined;
  const onOrigin = (url: URL): void => void (origin = url);
  await using store = await openStore(destination.host, flags, terminal, { ...progress, onOrigin });
  await using checked = flags.reuseLayers ? await openCheckedPairs(terminal.env) : undefined;
  const report = await load({
    sources,
    ...(store ? { store } : {}),
    registry: store?.title ?? destination.host,
    plan,
    onExisting: flags.onExisting,
    format: flags.format,
    require: flags.require.map(parsePlatform),
    strict: flags.strict ?? false,
    dryRun: flags.dryRun ?? false,
    inspectLayer,
    ...(checked ? { reuse: checked } : {}),
    onEvent: progress.onEvent,
    signal: terminal.signal,
  });
  return { report, endpoint: describeEndpoint(destination, flags, origin) };
}

async function openStore(
  host: string,
  flags: LoadFlags,
  terminal: Terminal,
  { onEvent, onOrigin }: Pick<Progress, "onEvent"> & { readonly onOrigin: (origin: URL) => void },
): Promise<Store | undefined> {
  if (flags.offline) return undefined;
  if (flags.to !== undefined) return openLayoutStore(flags.to, flags.dryRun ?? false);
  return openRegistryStore(host, flags, terminal, tellNotes(onEvent), onOrigin);
}
