import { loadArchives } from "../../load-archives.ts";
import type { LoadReport } from "../../transfer/report/report.ts";
import { checkStandardInput } from "../options/image-list-option.ts";
import type { LoadFlags } from "../options/load-flags.ts";
import { exitCodeOfReport } from "../output/exit-code.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { sayUnquoted } from "../options/unquoted-pattern.ts";
import { listArchives, readDestination } from "../options/load-request.ts";
import { readLoadOptions } from "./load-options.ts";
import { listMirrorWords } from "./mirrors/mirror-words.ts";
import { describeEndpoint, type MirrorEndpoint } from "./mirrors/mirror-endpoint.ts";
import { type CommandContext, withProgress } from "../progress/progress-options.ts";
import { isJson } from "../output/json/json-option.ts";
import { checkOutputFiles } from "./report-files.ts";
import { connectionWords } from "../registries/connection-words.ts";
import { surroundingsOf } from "../registries/open-registry-store.ts";
import { type GivenOption, startRecord } from "./run-record.ts";
import { type OutcomeContext, tellFailure, tellReport } from "./tell-outcome.ts";
import { printImageList } from "../files/read-image-list.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** Runs the main job for a command line; resolves to the exit code. */
export async function runLoad(
  files: readonly string[],
  flags: LoadFlags,
  terminal: Terminal,
  options: readonly GivenOption[] = [],
): Promise<number> {
  if (flags.listImages) return printImageList("load", { ...flags, json: isJson(flags) }, terminal);
  checkFlags(flags);
  const checksums = { files: flags.checksums, keys: flags.checksumsKey };
  const { env, signal, notices } = terminal;
  const connection = connectionWords(flags);
  const record = startRecord({ connection, options, checksums, env, signal, notices });
  const outcome: OutcomeContext = { flags, terminal, record };
  try {
    await checkOutputFiles(flags);
    const { report, endpoint } = await withProgress(flags, terminal, (context) =>
      load(files, { ...context, onEvent: record.passOn(context.onEvent) }),
    );
    await tellReport(report, endpoint, outcome);
    return exitCodeOfReport(report, flags.strict ?? false);
  } catch (error) {
    const failure = terminal.signal.aborted ? record.interruption() : error;
    await tellFailure(failure, outcome);
    throw failure;
  }
}

function checkFlags(flags: LoadFlags): void {
  checkStandardInput(flags);
  if (flags.offline && !flags.dryRun) {
    throw usageError(
      "Cannot load with --offline alone",
      "Give --dry-run with it, to plan without the registry.",
    );
  }
  if (flags.writeSpec !== undefined && flags.registry === undefined) {
    throw usageError("Cannot write a spec without --registry, whose host its names have");
  }
  if (flags.writeRegistriesYaml !== undefined && flags.registry === undefined) {
    throw usageError("Cannot write what nodes need without --registry, which they pull from");
  }
  if (listMirrorWords(flags).length === 0) return;
  if (flags.registry === undefined) {
    throw usageError("Cannot print what nodes need without --registry, which they pull from");
  }
  if (flags.json || flags.output !== "table") {
    throw usageError(
      "Cannot print both the outcome and what nodes need on standard output",
      "Write the outcome to a file: --report FILE.json.",
    );
  }
}

async function load(
  files: readonly string[],
  { flags, terminal, onEvent }: CommandContext<LoadFlags>,
): Promise<{ report: LoadReport; endpoint: MirrorEndpoint }> {
  const archives = listArchives(files, flags);
  for (const notice of sayUnquoted(files, flags)) tellNotices(onEvent)(notice);
  const destination = readDestination(flags);
  let origin: URL | undefined;
  const onOrigin = (url: URL): void => void (origin = url);
  const options = await readLoadOptions(archives, destination, flags, terminal);
  const around = { ...surroundingsOf(terminal), onOrigin };
  const report = await loadArchives({ ...options, onEvent, signal: terminal.signal }, around);
  return { report, endpoint: describeEndpoint(destination, flags, origin) };
}
