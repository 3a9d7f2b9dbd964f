import { isDeepStrictEqual } from "node:util";
import { groupBy } from "../../content/group-by.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { type CommandContext, withProgress } from "../progress/progress-options.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { type DraftEntry, draftEntries } from "../../transfer/drafts/list-draft.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { RegistryPool } from "../registries/registry-pool.ts";
import type { Terminal } from "../terminal.ts";
import { draftsToJson } from "./draft-json.ts";
import { LocalLists } from "./local-lists.ts";
import { noSuchManifest, refuseToAmend } from "./manifest-error.ts";
import { openPool } from "../registries/open-pool.ts";

export interface CreateFlags extends RegistryFlags, JsonFlag {
  readonly amend?: boolean;
}

/** Begins a list of images, or adds to one; an image that it has already is looked up again. */
export function createList(
  list: string,
  images: readonly string[],
  flags: CreateFlags,
  terminal: Terminal,
): Promise<number> {
  const work = (context: CommandContext<CreateFlags>): Promise<number> => create(list, images, context);
  return withProgress({ ...flags, progress: false }, terminal, work, "writes");
}

async function create(
  list: string,
  images: readonly string[],
  { flags, terminal, onEvent }: CommandContext<CreateFlags>,
): Promise<number> {
  const name = parseReference(list);
  const lists = new LocalLists(terminal.env);
  const before = await lists.read(name);
  if (before && !flags.amend) throw refuseToAmend(name);
  await using pool = openPool(flags, terminal, onEvent);
  const groups = groupByImage(before ?? []);
  for (const image of images.map(parseReference)) {
    groups.set(formatReference(image), await resolveImage(image, pool, terminal.signal));
  }
  const entries = [...groups.values()].flat();
  await lists.write(name, entries);
  const outcome = !before ? "created" : isDeepStrictEqual(before, entries) ? "unchanged" : "amended";
  if (flags.json) writeJson(terminal, draftsToJson("manifest create", [{ list: name, outcome, entries }]));
  else terminal.stdout.write(shown(`Created manifest list ${formatReference(name)}\n`));
  return exitCodes.done;
}

/** What is looked up again stays in its place. */
function groupByImage(entries: readonly DraftEntry[]): Map<string, DraftEntry[]> {
  return groupBy(entries, ({ image }) => formatReference(image));
}

async function resolveImage(
  image: Reference,
  pool: RegistryPool,
  signal: AbortSignal,
): Promise<DraftEntry[]> {
  try {
    return await draftEntries(image, await pool.repository(image), signal);
  } catch (error) {
    if (error instanceof AirgapError && error.code === "IMAGE_NOT_FOUND") throw noSuchManifest(image, error);
    throw error;
  }
}
