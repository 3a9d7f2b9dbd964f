import { type Shown, shownJsonSlices, shownSlices } from "../output/shown.ts";
import { extname } from "node:path";
import type { LoadFlags } from "../options/load-flags.ts";
import { checkWritable } from "../files/check-writable.ts";
import type { RunRecord } from "./run-record.ts";
import { usageError } from "../usage-error.ts";
import { writeTextFile } from "../files/write-text-file.ts";
import { recordToHtml } from "./record/record-html.ts";
import { recordToJson } from "./record/record-json.ts";

/** By the end of a file's name. */
const forms = new Map<string, (record: RunRecord) => Iterable<Shown>>([
  [".json", (record) => shownJsonSlices(recordToJson(record))],
  [".html", (record) => shownSlices(recordToHtml(record))],
]);

/** Finds out before a long run whether its files can be written at its end; throws a usage error or `FILE_NOT_WRITABLE`. */
export async function checkOutputFiles({
  report,
  failedList,
  writeSpec,
  writeRegistriesYaml,
}: Pick<LoadFlags, "report" | "failedList" | "writeSpec" | "writeRegistriesYaml">): Promise<void> {
  for (const path of report) {
    if (!forms.has(extname(path))) {
      throw usageError(`Cannot write --report "${path}": want a name that ends in .json or .html`);
    }
    await checkWritable("--report", path);
  }
  await checkWritable("--failed-list", failedList);
  await checkWritable("--write-spec", writeSpec);
  await checkWritable("--write-registries-yaml", writeRegistriesYaml);
}

/** Writes the record of a run in the form that each file's name asks for. */
export async function writeReportFiles(paths: readonly string[], record: RunRecord): Promise<void> {
  for (const path of paths) {
    const form = forms.get(extname(path));
    if (form) await writeTextFile("--report", path, form(record));
  }
}
