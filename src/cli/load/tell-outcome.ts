import { writeJson } from "../output/json/write-json.ts";
import { tableFor, type TableForm } from "../output/table-form.ts";
import { shown, shownSlices } from "../output/shown.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import type { LoadReport } from "../../transfer/report/report.ts";
import type { CommandContext } from "../progress/progress-options.ts";
import type { LoadFlags } from "../options/load-flags.ts";
import { findMirrors } from "./mirrors/find-mirrors.ts";
import type { MirrorEndpoint } from "./mirrors/mirror-endpoint.ts";
import { listMirrorWords } from "./mirrors/mirror-words.ts";
import { formatRegistriesYaml } from "./mirrors/registries-yaml.ts";
import { formatReportDigests } from "./report-digests.ts";
import { writeReportFiles } from "./report-files.ts";
import { isJson } from "../output/json/json-option.ts";
import { reportToJson } from "../output/json/report-json.ts";
import { formatReportTable } from "./report-table.ts";
import type { StartedRecord } from "./run-record.ts";
import { writeFailedList } from "../files/failed-list.ts";
import { writeTextFile } from "../files/write-text-file.ts";

/** What a run's outcome is told by. */
export interface OutcomeContext extends Pick<CommandContext<LoadFlags>, "flags" | "terminal"> {
  readonly record: StartedRecord;
}

/** Gives the outcome of a run to files and standard output, in every form that was asked for. */
export async function tellReport(
  report: LoadReport,
  endpoint: MirrorEndpoint,
  { flags, terminal, record: started }: OutcomeContext,
): Promise<void> {
  const { stdout, stderr } = terminal;
  const record = started.end(report);
  const mirrors = await formatMirrors(report, endpoint, flags);
  if (mirrors) {
    stderr.write(shown(`\n${formatReportTable(report, record.connection)}\n${mirrors.beyond}`));
  }
  const failed = report.lists.flatMap(({ error, source }) => (error ? [lineOf(source)] : []));
  await writeAll([
    async () => {
      if (isJson(flags)) writeJson(terminal, reportToJson(report));
      else {
        const form = tableFor(stdout);
        stdout.write(shown(mirrors?.text ?? formatReport(report, record.connection, flags, form)));
      }
    },
    () => writeReportFiles(flags.report, record),
    () => writeFailedList(flags.failedList, failed),
    () => writeSpec(flags.writeSpec, report),
    () => writeRegistriesYaml(flags.writeRegistriesYaml, report, endpoint),
  ]);
}

/** A line of an image list; what is no name there stays a remark. */
function lineOf(source: string): string {
  try {
    return formatReference(parseReference(source));
  } catch {
    return `# ${source}`;
  }
}

/** A file that cannot be written keeps no other from being; the first one's error is reported. */
async function writeAll(writes: readonly (() => Promise<void>)[]): Promise<void> {
  const results = [];
  for (const write of writes) results.push(await Promise.allSettled([write()]));
  const failure = results.flat().find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
}

/**
 * Writes down why a run ended without a report; `error` is told on standard error by whoever catches it.
 * Where a file itself cannot be written, that is not what the run failed for.
 */
export async function tellFailure(
  error: unknown,
  { flags, record }: Pick<OutcomeContext, "flags" | "record">,
): Promise<void> {
  if (!(error instanceof AirgapError)) return;
  const names = record.unpublished();
  await Promise.allSettled([
    writeReportFiles(flags.report, record.end(error)),
    names.length ? writeFailedList(flags.failedList, names) : undefined,
  ]);
}

async function writeSpec(path: string | undefined, report: LoadReport): Promise<void> {
  if (path === undefined) return;
  const { formatSpec } = await import("./format-spec.ts");
  await writeTextFile("--write-spec", path, shownSlices(formatSpec(report)));
}

/** Only where all went well: nodes had better keep what they have than pull from what is not there. */
async function writeRegistriesYaml(
  path: string | undefined,
  report: LoadReport,
  endpoint: MirrorEndpoint,
): Promise<void> {
  if (path === undefined || report.dryRun || report.lists.some(({ error }) => error)) return;
  await writeTextFile(
    "--write-registries-yaml",
    path,
    shown(formatRegistriesYaml(findMirrors(report), endpoint)),
  );
}

/** For standard output, and for standard error what that has no place for; nothing where it is not asked for. */
async function formatMirrors(
  report: LoadReport,
  endpoint: MirrorEndpoint,
  flags: LoadFlags,
): Promise<{ readonly text: string; readonly beyond: string } | undefined> {
  const words = listMirrorWords(flags);
  if (words.length === 0) return undefined;
  const { mirrorKinds } = await import("./mirrors/mirror-kinds.ts");
  const kinds = words.map((word) => mirrorKinds[word]);
  const mirrors = findMirrors(report);
  const beyond = kinds.flatMap(({ sayBeyond }) => sayBeyond?.(mirrors, endpoint) ?? []);
  return {
    text: kinds.map(({ format }) => format(mirrors, endpoint)).join("\n"),
    beyond: beyond.map((each) => `note: ${each}\n`).join(""),
  };
}

function formatReport(report: LoadReport, connection: string, flags: LoadFlags, form: TableForm): string {
  if (flags.output === "digests") return formatReportDigests(report);
  return formatReportTable(report, connection, form);
}
