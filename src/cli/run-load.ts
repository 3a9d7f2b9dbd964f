import { inspectLayer } from "../archive/inspect-layer.ts";
import { openArchive } from "../archive/open-archive.ts";
import type { Store } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import { formatReference, parseReference } from "../oci/reference.ts";
import { parsePlatform } from "../oci/platform.ts";
import { LayerReuse } from "../transfer/layer-reuse.ts";
import { load } from "../transfer/load.ts";
import type { SourceRequest } from "../transfer/open-sources.ts";
import type { LoadReport } from "../transfer/report.ts";
import { openCheckedPairs } from "./checked-pairs-file.ts";
import { expectChecksum, readChecksums } from "./checksums.ts";
import type { LoadFlags } from "./load-flags.ts";
import { exitCodeOfReport } from "./exit-code.ts";
import {
  type GivenArchive,
  listArchives,
  parallelScans,
  readDestination,
  readPlanOptions,
} from "./load-request.ts";
import { type Progress, startProgress } from "./output/progress.ts";
import { formatReportDigests } from "./output/report-digests.ts";
import { errorToJson, reportToJson } from "./output/report-json.ts";
import { formatReportTable } from "./output/report-table.ts";
import { checkReportFiles, writeReportFiles } from "./output/report-files.ts";
import { openLayoutStore } from "./open-layout-store.ts";
import { openRegistryStore } from "./open-registry-store.ts";
import { startRecord, type StartedRecord } from "./run-record.ts";
import type { Terminal } from "./terminal.ts";
import { usageError } from "./usage-error.ts";
import { writeTextFile } from "./write-text-file.ts";

/** Runs the main job for a command line; resolves to the exit code. */
export async function runLoad(
  files: readonly string[],
  flags: LoadFlags,
  terminal: Terminal,
): Promise<number> {
  if (flags.offline && !flags.dryRun)
    throw usageError(
      "Cannot load with --offline alone",
      "Give --dry-run with it, to plan without the registry.",
    );
  const progress = startProgress({
    stderr: terminal.stderr,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    bars: flags.progress,
  });
  const record = startRecord(progress.onEvent);
  try {
    await checkReportFiles(flags.report);
    const report = await loadWith(files, flags, terminal, { ...progress, onEvent: record.onEvent });
    progress.stop();
    await writeReportFiles(flags.report, record.end(report));
    await writeFailedList(flags.failedList, report);
    terminal.stdout.write(formatReport(report, flags));
    return exitCodeOfReport(report, flags.strict ?? false);
  } catch (error) {
    progress.stop();
    if (error instanceof AirgapError) await tellFailure(error, record, flags, terminal);
    throw error;
  }
}

/** Where the report itself cannot be written, that is not what the run failed for. */
async function tellFailure(
  error: AirgapError,
  record: StartedRecord,
  flags: LoadFlags,
  { stdout }: Terminal,
): Promise<void> {
  if (isJson(flags)) stdout.write(`${JSON.stringify(errorToJson(error), undefined, 2)}\n`);
  await writeReportFiles(flags.report, record.end(error)).catch(() => undefined);
}

async function loadWith(
  files: readonly string[],
  flags: LoadFlags,
  terminal: Terminal,
  progress: Progress,
): Promise<LoadReport> {
  const archives = listArchives(files, flags);
  const destination = readDestination(flags);
  const [plan, sources] = await Promise.all([
    readPlanOptions(flags, destination.prefix),
    requestSources(archives, flags, terminal),
  ]);
  await using store = await openStore(destination.host, flags, terminal, progress);
  const checked = flags.reuseLayers ? await openCheckedPairs(terminal.env) : undefined;
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
    parallelScans: parallelScans(sources),
    inspectLayer,
    ...(checked ? { reuse: new LayerReuse({ checked, inspectLayer, signal: terminal.signal }) } : {}),
    onEvent: progress.onEvent,
    signal: terminal.signal,
  });
  await checked?.save();
  return report;
}

async function openStore(
  host: string,
  flags: LoadFlags,
  terminal: Terminal,
  progress: Progress,
): Promise<Store | undefined> {
  if (flags.offline) return undefined;
  if (flags.to !== undefined) return openLayoutStore(flags.to, flags.dryRun ?? false);
  return openRegistryStore(host, flags, terminal, (text) =>
    progress.onEvent({ type: "warning", warning: { severity: "note", text } }),
  );
}

async function requestSources(
  archives: readonly GivenArchive[],
  flags: LoadFlags,
  { stdin }: Terminal,
): Promise<SourceRequest[]> {
  const sums = await readChecksums(flags.checksums);
  return archives.map(({ path, flag }) => ({
    title: path === "-" ? "standard input" : path,
    ...(flag ? { flag } : {}),
    ...(flags.checksums.length ? { expectedSha256: expectChecksum(sums, path) } : {}),
    open: (options) =>
      openArchive(path === "-" ? { stdin } : { path }, {
        ...options,
        tempDir: flags.tempDir,
        layerCompression: flags.layerCompression,
        compressionLevel: flags.compressionLevel,
        allowForeign: flags.allowForeign ?? false,
      }),
  }));
}

/** Source names, so that the file is the next run's `--image-list`. */
async function writeFailedList(path: string | undefined, { lists }: LoadReport): Promise<void> {
  if (path === undefined) return;
  const names = lists.flatMap(({ error, source }) =>
    error ? `${formatReference(parseReference(source))}\n` : [],
  );
  await writeTextFile("--failed-list", path, names.join(""));
}

function isJson(flags: LoadFlags): boolean {
  return flags.json === true || flags.output === "json";
}

function formatReport(report: LoadReport, flags: LoadFlags): string {
  if (isJson(flags)) return `${JSON.stringify(reportToJson(report), undefined, 2)}\n`;
  return flags.output === "digests" ? formatReportDigests(report) : formatReportTable(report);
}
