import type { JsonFlag } from "../output/json/json-option.ts";
import { type FormatFlags, readFormatFlags } from "../options/format-options.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { exitCodes } from "../../oci/airgap-error.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { tellTogether } from "../../transfer/report/tell-together.ts";
import { fetchRoot } from "../../transfer/graph/fetch-root.ts";
import { gatherImages, type GatheredImages, type WantedImage } from "../../transfer/save/gather-images.ts";
import { sayUnkept } from "../../transfer/save/say-unkept.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { RegistryPool } from "../registries/registry-pool.ts";
import { listSavedArchives, type SavedArchive, type SavedArchiveFlags } from "./saved-archives.ts";
import { expandTags } from "../registries/expand-tags.ts";
import { listSourceNames, type NamedImages, type SourceNameFlags } from "../registries/source-names.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import type { ArchiveCompression } from "../../content/option-words.ts";
import { printImageList } from "../files/read-image-list.ts";
import { formatSaved, type PlannedSave, savedToJson, type WrittenSave } from "./saved-report.ts";
import { readSince } from "../files/read-since.ts";
import type { SinceFlags } from "../inventory/since-option.ts";
import type { KnownLayers } from "../../transfer/counted/known-layers.ts";
import { writeChecksum } from "./write-checksum.ts";
import { writeImages } from "../files/write-images.ts";

/** The options of `save` as commander hands them over. */
export interface SaveFlags
  extends
    RegistryFlags,
    ProgressFlags,
    SourceNameFlags,
    SavedArchiveFlags,
    FormatFlags,
    SinceFlags,
    JsonFlag {
  readonly allowMissing?: boolean;
  readonly referrers?: boolean;
  readonly compression?: ArchiveCompression;
  /** In bytes. */
  readonly split?: number;
  readonly dryRun?: boolean;
}

/** Saves images of registries to archives; resolves to the exit code. */
export async function runSave(
  names: readonly string[],
  flags: SaveFlags,
  terminal: Terminal,
): Promise<number> {
  if (flags.listImages) return printImageList("save", flags, terminal);
  const archives = listSavedArchives(flags);
  const saved = await listSourceNames(names, flags, terminal);
  const isPiped = archives.some(({ path }) => path === "-");
  if (isPiped && flags.split !== undefined) {
    throw usageError("Cannot split what goes to standard output", "Give -o FILE, or pipe it to split -b.");
  }
  if (isPiped && terminal.stdout.isTTY && !flags.dryRun) {
    throw usageError("Cannot write an archive to a terminal", "Give -o FILE, or send it through a pipe.");
  }
  const written = await withProgress(
    flags,
    terminal,
    (context) => saveAll(archives, saved, context),
    "writes",
  );
  const output = isPiped && !flags.dryRun ? terminal.stderr : terminal.stdout;
  if (flags.json) writeJson(terminal, savedToJson(written), output);
  else output.write(shown(formatSaved(written)));
  return exitCodes.done;
}

async function saveAll(
  archives: readonly SavedArchive[],
  named: readonly NamedImages[],
  context: CommandContext<SaveFlags>,
): Promise<PlannedSave[] | WrittenSave[]> {
  const { flags, terminal } = context;
  const onNotice = tellNotices(context.onEvent);
  const readFlags = { ...flags, readOnly: true };
  await using pool = new RegistryPool({
    flagsFor: () => readFlags,
    terminal,
    onNotice,
  });
  const saved = await expandTags(named, pool, flags.newest, terminal.signal);
  const wanted = await Promise.all(
    saved.map(async ({ name, source, where }): Promise<WantedImage> => {
      const repository = await pool.repository(source);
      let root: ReturnType<WantedImage["root"]> | undefined;
      return {
        name,
        where,
        repository,
        root: () => (root ??= fetchRoot(repository, source, terminal.signal)),
      };
    }),
  );
  const known = await readSince(flags.since, terminal);
  const gathered = await tellTogether(context.onEvent, (onEvent) =>
    gatherAll(archives, wanted, { ...context, onEvent }),
  );
  if (flags.dryRun) return gathered.map((archive) => planSave(archive, known));
  const written: WrittenSave[] = [];
  for (const archive of gathered) written.push(await writeArchive(archive, known, context));
  return written;
}

interface GatheredArchive extends GatheredImages {
  readonly archive: SavedArchive;
}

function planSave(
  { archive: { path }, images, content }: GatheredArchive,
  known: KnownLayers | undefined,
): PlannedSave {
  const counted = known?.leaveOut(content.manifests, content.blobs);
  const size = [...content.blobs.values()].reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { path, images, size, ...(counted ? { counted } : {}) };
}

/** For all archives before any is written: what is missing is reported at once, and not hours later. */
async function gatherAll(
  archives: readonly SavedArchive[],
  wanted: readonly WantedImage[],
  context: CommandContext<SaveFlags>,
): Promise<GatheredArchive[]> {
  const gathered: GatheredArchive[] = [];
  for (const archive of archives) gathered.push(await gatherArchive(archive, wanted, context));
  for (const warning of sayUnkept(gathered)) tellNotices(context.onEvent)(warning);
  return gathered;
}

async function gatherArchive(
  archive: SavedArchive,
  wanted: readonly WantedImage[],
  { flags, terminal: { signal }, onEvent }: CommandContext<SaveFlags>,
): Promise<GatheredArchive> {
  const { platforms, docker } = archive;
  const { allowMissing = false, referrers = false } = flags;
  const options = {
    platforms,
    single: docker,
    allowMissing,
    referrers,
    ...readFormatFlags(flags),
    onEvent,
    signal,
  };
  return { archive, ...(await gatherImages(wanted, options)) };
}

async function writeArchive(
  { archive: { path, docker }, images, referrers, content }: GatheredArchive,
  known: KnownLayers | undefined,
  { flags: { compression, split: partSize }, terminal, onEvent }: CommandContext<SaveFlags>,
): Promise<WrittenSave> {
  const file = { path, docker, compression, partSize };
  const counted = known?.leaveOut(content.manifests, content.blobs);
  const written = await writeImages(file, { images, referrers, counted }, content, terminal, onEvent);
  if (path !== "-") await writeChecksum(path, written);
  return { path, images, ...written, ...(counted ? { counted } : {}) };
}
