import type { JsonFlag } from "../output/json/json-option.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { shown, shownJson } from "../output/shown.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { readPlace } from "./find-repositories.ts";

export interface TagsFlags extends RegistryFlags, JsonFlag {}

/** Prints the tags of a repository, one a line; resolves to the exit code. */
export async function runTags(place: string, flags: TagsFlags, terminal: Terminal): Promise<number> {
  const { host, prefix: name } = readPlace(place);
  if (name === "") throw usageError(`Cannot list the tags of "${place}": no repository is named`);
  await using store = await openRegistryStore(
    host,
    { ...flags, readOnly: true },
    terminal,
    ({ text }) => void terminal.stderr.write(shown(`note: ${text}\n`)),
  );
  const repository = store.repository(name);
  const tags = [...new Set(await repository.listTags(terminal.signal))].sort();
  if (tags.length === 0) {
    throw new AirgapError("IMAGE_NOT_FOUND", `Cannot list the tags of "${repository.title}": it has none`, {
      exit: "noInput",
      hint: "airgap-load ls lists all that is at a registry or below a path.",
    });
  }
  const told = {
    registry: store.title,
    repository: name,
    changed: false,
    tags,
    totals: { tags: tags.length },
  };
  terminal.stdout.write(
    flags.json ? shownJson(jsonDocument("tags", told)) : shown(tags.map((tag) => `${tag}\n`).join("")),
  );
  return exitCodes.done;
}
