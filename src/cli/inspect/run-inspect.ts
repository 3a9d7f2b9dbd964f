import type { JsonFlag } from "../output/json/json-option.ts";
import { note } from "../../content/notice.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { tellAtOnce } from "../output/tell-at-once.ts";
import { type CacheFlags, cacheFolder, openScanCache } from "../files/scan-cache.ts";
import { openArchive } from "../../archive/open-archive.ts";
import { exitCodes } from "../../oci/airgap-error.ts";
import { inspectSource, type SourceReport } from "../../transfer/inspect/inspect-source.ts";
import { type ImageForm, inspectImage, measureImage } from "./inspect-image.ts";
import { type InspectTarget, parseInspectTarget } from "./inspect-target.ts";
import type { InspectedImage } from "../output/json/inspected-image.ts";
import { inspectToJson } from "./inspect-json.ts";
import { formatInspection } from "./inspect-text.ts";
import { startReading } from "../../transfer/report/read-task.ts";
import type { OnEvent } from "../../transfer/report/events.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { openPool } from "../registries/open-pool.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

export interface InspectFlags
  extends RegistryFlags, ImageForm, CacheFlags, JsonFlag, Pick<ProgressFlags, "progress"> {
  readonly builder?: string;
  readonly tempDir?: string;
  readonly maxInflated?: number;
}

/** Tells what is in each archive, and what each image is, one after the other; the first that cannot be read ends it. */
export async function runInspect(
  names: readonly string[],
  flags: InspectFlags,
  terminal: Terminal,
): Promise<number> {
  const targets = listTargets(names, flags);
  if (flags.builder !== undefined) {
    tellAtOnce(note("--builder is ignored: no builder is asked, the registry is"), terminal);
  }
  let tell: OnEvent | undefined;
  await using pool = openPool({ ...flags, readOnly: true }, terminal, (event) => tell?.(event));
  // What is found is told when the bars are gone.
  const reading = <T>(work: (context: CommandContext<InspectFlags>) => Promise<T>): Promise<T> =>
    withProgress(
      flags,
      terminal,
      (context) => {
        tell = context.onEvent;
        return work(context);
      },
      "reads",
    );
  const reports: SourceReport[] = [];
  const images: InspectedImage[] = [];
  for (const [at, target] of targets.entries()) {
    if (!flags.json && at > 0) terminal.stdout.write(shown("\n"));
    if (target.kind === "image") {
      const { location } = target;
      const { tempDir, maxInflated } = flags;
      const options = { pool, terminal, tempDir, maxInflated };
      if (flags.json) {
        images.push(await reading(({ onEvent }) => measureImage(location, { ...options, onEvent })));
        continue;
      }
      terminal.stdout.write(
        await reading(({ onEvent }) => inspectImage(location, flags, { ...options, onEvent })),
      );
      continue;
    }
    const report = await reading((context) => inspectArchive(target.path, context));
    if (!flags.json) terminal.stdout.write(shown(formatInspection(report)));
    reports.push(report);
  }
  if (flags.json) writeJson(terminal, inspectToJson(reports, images));
  return exitCodeOfSources(reports);
}

/** What is unusable is told; a damaged archive is no success, nor is one with nothing in it that can be used. */
function exitCodeOfSources(reports: readonly SourceReport[]): number {
  const flawed = reports.filter(({ faults }) => faults.length > 0);
  if (flawed.length === 0) return exitCodes.done;
  const isLost = flawed.some(
    ({ faults, images, artifacts }) =>
      images.length + artifacts.length === 0 || faults.some(({ isDamage }) => isDamage),
  );
  return isLost ? exitCodes.content : exitCodes.partial;
}

function listTargets(names: readonly string[], flags: InspectFlags): InspectTarget[] {
  const { raw, format, verbose, tree, json, config, skopeo, platform } = flags;
  const forms = [raw && !config, format !== undefined, verbose, tree, config, skopeo];
  if ([...forms, json].filter(Boolean).length > 1) {
    throw usageError(
      "Cannot inspect: --json, --raw, --format, --verbose, --tree, --config and --skopeo exclude each other",
      "Only --config --raw go together: the config byte for byte.",
    );
  }
  if (names.filter((name) => name === "-").length > 1) {
    throw usageError("Cannot read standard input twice: - is given for more than one archive");
  }
  if (platform !== undefined && !config && !skopeo) {
    throw usageError("Cannot inspect: --platform goes with --config and --skopeo, which are of one image");
  }
  if (raw && names.length > 1) throw usageError("Cannot inspect: --raw is for one image");
  return names.map((name) => parseInspectTarget(name, forms.some(Boolean)));
}

async function inspectArchive(
  path: string,
  { flags, terminal: { stdin, signal, env }, onEvent }: CommandContext<InspectFlags>,
): Promise<SourceReport> {
  const cacheDir = cacheFolder(flags, env);
  const task = startReading("reading", path === "-" ? "standard input" : path, onEvent);
  await using source = await openArchive(path === "-" ? { stdin } : { path }, {
    tempDir: flags.tempDir,
    maxInflated: flags.maxInflated,
    cache: cacheDir === undefined ? undefined : openScanCache(cacheDir),
    layerCompression: "none",
    allowForeign: false,
    signal,
    onProgress: task.onProgress,
  });
  task.end();
  return inspectSource(source);
}
