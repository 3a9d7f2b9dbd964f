import { openArchive } from "../archive/open-archive.ts";
import { exitCodes } from "../oci/airgap-error.ts";
import { inspectSource, type SourceReport } from "../transfer/inspect-source.ts";
import { inspectToJson } from "./output/inspect-json.ts";
import { formatInspection } from "./output/inspect-text.ts";
import type { Terminal } from "./terminal.ts";
import { usageError } from "./usage-error.ts";

export interface InspectFlags {
  readonly json?: boolean;
  readonly tempDir?: string;
}

/** Tells what is in each archive, one after the other; the first that cannot be read ends it. */
export async function runInspect(
  archives: readonly string[],
  flags: InspectFlags,
  terminal: Terminal,
): Promise<number> {
  if (archives.filter((path) => path === "-").length > 1)
    throw usageError("Cannot read standard input twice: - is given for more than one archive");
  const reports: SourceReport[] = [];
  for (const path of archives) {
    const report = await inspectArchive(path, flags, terminal);
    if (!flags.json) terminal.stdout.write(`${reports.length ? "\n" : ""}${formatInspection(report)}`);
    reports.push(report);
  }
  if (flags.json) terminal.stdout.write(`${JSON.stringify(inspectToJson(reports), undefined, 2)}\n`);
  return exitCodes.done;
}

async function inspectArchive(
  path: string,
  { tempDir }: InspectFlags,
  { stdin, signal }: Terminal,
): Promise<SourceReport> {
  await using source = await openArchive(path === "-" ? { stdin } : { path }, {
    tempDir,
    layerCompression: "none",
    allowForeign: false,
    signal,
  });
  return inspectSource(source);
}
