import { type Shown, shown, shownJson } from "../output/shown.ts";
import type { AirgapError } from "../../oci/airgap-error.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import type { LoadReport } from "../../transfer/report/report.ts";
import type { LoadFlags } from "../options/load-flags.ts";
import { findMirrors } from "./mirrors/find-mirrors.ts";
import { formatHostsToml } from "./mirrors/hosts-toml.ts";
import type { MirrorEndpoint } from "./mirrors/mirror-endpoint.ts";
import { formatRegistriesYaml } from "./mirrors/registries-yaml.ts";
import { formatReportDigests } from "./report-digests.ts";
import { writeReportFiles } from "./report-files.ts";
import { errorToJson, reportToJson } from "../output/report-json.ts";
import { formatReportTable } from "./report-table.ts";
import type { RunRecord } from "./run-record.ts";
import type { Terminal } from "../terminal.ts";
import { writeTextFile } from "../files/write-text-file.ts";

/** Gives the outcome of a run to files and standard output, in every form that was asked for. */
export async function tellReport(
  report: LoadReport,
  record: RunRecord,
  endpoint: MirrorEndpoint,
  flags: LoadFlags,
  { stdout, stderr }: Terminal,
): Promise<void> {
  await writeReportFiles(flags.report, record);
  await writeFailedList(flags.failedList, report);
  await writeSpec(flags.writeSpec, report);
  const mirrors = formatMirrors(report, endpoint, flags);
  if (mirrors) stderr.write(shown(`\n${formatReportTable(report, record.connection)}\n`));
  stdout.write(mirrors ? shown(mirrors) : formatReport(report, record.connection, flags));
}

/** Where the report file itself cannot be written, that is not what the run failed for. */
export async function tellFailure(
  error: AirgapError,
  record: RunRecord,
  flags: LoadFlags,
  { stdout }: Terminal,
): Promise<void> {
  if (isJson(flags)) stdout.write(shownJson(errorToJson(error)));
  await writeReportFiles(flags.report, record).catch(() => undefined);
}

/** Source names, so that the file is the next run's `--image-list`. */
async function writeFailedList(path: string | undefined, { lists }: LoadReport): Promise<void> {
  if (path === undefined) return;
  const names = lists.flatMap(({ error, source }) =>
    error ? `${formatReference(parseReference(source))}\n` : [],
  );
  await writeTextFile("--failed-list", path, shown(names.join("")));
}

async function writeSpec(path: string | undefined, report: LoadReport): Promise<void> {
  if (path === undefined) return;
  const { formatSpec } = await import("./format-spec.ts");
  await writeTextFile("--write-spec", path, shown(formatSpec(report)));
}

function formatMirrors(report: LoadReport, endpoint: MirrorEndpoint, flags: LoadFlags): string {
  const mirrors = findMirrors(report);
  return [
    ...(flags.printRegistriesYaml ? [formatRegistriesYaml(mirrors, endpoint)] : []),
    ...(flags.printHostsToml ? [formatHostsToml(mirrors, endpoint)] : []),
  ].join("\n");
}

function formatReport(report: LoadReport, connection: string, flags: LoadFlags): Shown {
  if (isJson(flags)) return shownJson(reportToJson(report));
  return shown(
    flags.output === "digests" ? formatReportDigests(report) : formatReportTable(report, connection),
  );
}

function isJson({ json, output }: LoadFlags): boolean {
  return json === true || output === "json";
}
