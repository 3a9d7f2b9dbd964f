import type { JsonFlag } from "../output/json/json-option.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import type { Destination } from "../options/load-request.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { askForRepository, readPlace } from "./find-repositories.ts";

export interface TagsFlags extends RegistryFlags, JsonFlag, ProgressFlags {}

/** Prints the tags of a repository, one a line; resolves to the exit code. */
export async function runTags(place: string, flags: TagsFlags, terminal: Terminal): Promise<number> {
  const destination = readPlace(place);
  if (destination.prefix === "") {
    throw usageError(`Cannot list the tags of "${place}": no repository is named`);
  }
  const told = await withProgress(flags, terminal, (context) => listTags(destination, context), "reads");
  if (flags.json) {
    const totals = { tags: told.tags.length };
    writeJson(terminal, jsonDocument("tags", { ...told, changed: false, totals }));
  } else terminal.stdout.write(shown(told.tags.map((tag) => `${tag}\n`).join("")));
  return exitCodes.done;
}

interface ListedTags {
  readonly registry: string;
  readonly repository: string;
  readonly tags: readonly string[];
}

async function listTags(
  { host, prefix: name }: Destination,
  { flags, terminal, onEvent }: CommandContext<TagsFlags>,
): Promise<ListedTags> {
  const side = { ...flags, readOnly: true };
  await using store = await openRegistryStore(host, side, terminal, tellNotices(onEvent));
  const repository = store.repository(name);
  const tags = [...new Set(await repository.listTags(terminal.signal))].sort();
  if (tags.length === 0) {
    throw new AirgapError("IMAGE_NOT_FOUND", `Cannot list the tags of "${repository.title}": it has none`, {
      exit: "noInput",
      hint: `${await askForRepository(store, name, terminal.signal)}airgap-load ls lists all that is at a registry or below a path.`,
    });
  }
  return { registry: store.title, repository: name, tags };
}
