import type { JsonFlag } from "../output/json/json-option.ts";
import { type ArchTagsFlag, readArchTags } from "../options/arch-tags-option.ts";
import { type FormatFlags, readFormatFlags } from "../options/format-options.ts";
import { writeJson } from "../output/json/write-json.ts";
import { tableFor } from "../output/table-form.ts";
import { shown } from "../output/shown.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { formatReference } from "../../oci/reference.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { syncImages, type SyncItem } from "../../transfer/sync/sync-images.ts";
import { nameTarget, type NamingOptions, parseRenameRule } from "../../transfer/plan/name-target.ts";
import { sayUnusedRenames } from "../../transfer/plan/unused-options.ts";
import { exitCodeOfImages } from "../output/exit-code.ts";
import type { NamingFlags } from "../options/load-flags.ts";
import { type Destination, readDestination } from "../options/load-request.ts";
import { formatSync, type ListedSync, syncToJson } from "./sync-report.ts";
import { type CommandContext, type ProgressFlags } from "../progress/progress-options.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { connectionWords } from "../registries/connection-words.ts";
import { RegistryPool } from "../registries/registry-pool.ts";
import { expandTags } from "../registries/expand-tags.ts";
import { listSourceNames, type SourceName, type SourceNameFlags } from "../registries/source-names.ts";
import type { SignatureFlags } from "../options/signature-options.ts";
import { readSourceFlags } from "../options/source-registry-options.ts";
import type { Terminal } from "../terminal.ts";
import { printImageList } from "../files/read-image-list.ts";
import { readTrust } from "../files/read-trust.ts";
import { writeFailedList } from "../files/failed-list.ts";
import { withFailedList } from "../progress/with-failed-list.ts";

/** The options of `sync` as commander hands them over. */
export interface SyncFlags
  extends
    RegistryFlags,
    NamingFlags,
    SourceNameFlags,
    ProgressFlags,
    ArchTagsFlag,
    SignatureFlags,
    FormatFlags,
    JsonFlag {
  readonly to: string;
  readonly platform: readonly string[];
  readonly referrers?: boolean;
  readonly allowMissing?: boolean;
  readonly dryRun?: boolean;
  readonly failedList?: string;
}

/** Copies many images from registry to registry; resolves to the exit code. */
export async function runSync(
  names: readonly string[],
  flags: SyncFlags,
  terminal: Terminal,
): Promise<number> {
  if (flags.listImages) return printImageList("sync", flags, terminal);
  const { dryRun = false, failedList, json } = flags;
  const images = await withFailedList(flags, terminal, (context) => sync(names, context), "publishes");
  const failed = images.flatMap(({ name, error }) => (error ? [name] : []));
  await writeFailedList(failedList, failed);
  if (json) writeJson(terminal, syncToJson(images, dryRun));
  else {
    const form = tableFor(terminal.stdout);
    terminal.stdout.write(shown(formatSync(images, dryRun, connectionWords(flags), form)));
  }
  return exitCodeOfImages(images);
}

async function sync(
  names: readonly string[],
  { flags, terminal, onEvent }: CommandContext<SyncFlags>,
): Promise<readonly ListedSync[]> {
  const { signal } = terminal;
  const target = readDestination({ registry: flags.to, ...(flags.prefix ? { prefix: flags.prefix } : {}) });
  const trust = await readTrust(flags);
  const given = await listSourceNames(names, flags, terminal);
  const renames = flags.rename.map(parseRenameRule);
  const sourceFlags = readSourceFlags(flags, false);
  await using pool = new RegistryPool({
    flagsFor: (host) => (host === target.host ? flags : sourceFlags),
    terminal,
    onNotice: tellNotices(onEvent),
  });
  const sources = await expandTags(given, pool, flags.newest, signal);
  const named = sources.map(({ name }) => name);
  for (const warning of sayUnusedRenames(renames, named)) tellNotices(onEvent)(warning);
  const items = await Promise.all(
    sources.map((source) => planItem(source, target, { ...flags, renames }, pool)),
  );
  checkTargets(items);
  const store = await pool.store(target.host);
  if (!flags.dryRun) {
    await store.checkAccess([...new Set(items.map((item) => item.target.repository.name))], signal);
  }
  const places = new Map(sources.map(({ name, where }) => [formatReference(name), where]));
  const synced = await syncImages(items, {
    platforms: flags.platform.map(parsePlatform),
    referrers: flags.referrers ?? false,
    allowMissing: flags.allowMissing ?? false,
    archTags: readArchTags(flags),
    ...readFormatFlags(flags),
    dryRun: flags.dryRun ?? false,
    ...(trust ? { trust } : {}),
    onEvent,
    signal,
  });
  return synced.map((image) => ({ ...image, where: places.get(image.name) }));
}

async function planItem(
  { name, source }: SourceName,
  { host, prefix }: Destination,
  { renames, keepHost = false }: Pick<SyncFlags, "keepHost"> & Pick<NamingOptions, "renames">,
  pool: RegistryPool,
): Promise<SyncItem> {
  const { repository, tag } = nameTarget(name, { renames, prefix, keepHost });
  const read = await pool.repository(source);
  const written = await pool.repository({ host, repository });
  return {
    name: formatReference(name),
    source: { repository: read, reference: source },
    target: { repository: written, ...(name.tag === undefined ? {} : { tag }) },
    isSameStore: source.host === host,
  };
}

/** Of two images under one tag the one that came last would stay. */
function checkTargets(items: readonly SyncItem[]): void {
  const names = new Map<string, string>();
  for (const { name, target } of items) {
    if (target.tag === undefined) continue;
    const title = `${target.repository.title}:${target.tag}`;
    const other = names.get(title);
    if (other !== undefined) {
      throw new AirgapError(
        "NAME_COLLISION",
        `Cannot copy these images: ${other} and ${name} would both become ${title}`,
        { exit: "usage", hint: "Give --rename FROM=TO for one of them, or --keep-host." },
      );
    }
    names.set(title, name);
  }
}
