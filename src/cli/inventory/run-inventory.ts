import { exitCodes } from "../../oci/airgap-error.ts";
import { formatInventory, type Inventory, takeInventory } from "../../transfer/counted/inventory.ts";
import { checkWritable } from "../files/check-writable.ts";
import { writeTextFile } from "../files/write-text-file.ts";
import { findRepositories, readPlace, type RepositoriesFlag } from "../manage/find-repositories.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { countNoun } from "../output/count-noun.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";

/** The options of `inventory` as commander hands them over. */
export interface InventoryFlags extends RegistryFlags, RepositoriesFlag, JsonFlag, ProgressFlags {
  readonly output: string;
}

/** Writes down what a registry has; resolves to the exit code. */
export async function runInventory(
  place: string,
  flags: InventoryFlags,
  terminal: Terminal,
): Promise<number> {
  await checkWritable("--output", flags.output);
  const work = (context: CommandContext<InventoryFlags>): Promise<Taken> => take(place, context);
  const { registry, inventory } = await withProgress(flags, terminal, work, "writes");
  await writeTextFile("--output", flags.output, shown(formatInventory(inventory)));
  const [names, layers] = [inventory.names.size, inventory.layers.length];
  const told = { registry, changed: true, file: flags.output, totals: { images: names, layers } };
  const text = `${flags.output}: ${countNoun(names, "name")}, ${countNoun(layers, "layer")}\n`;
  if (flags.json) writeJson(terminal, jsonDocument("inventory", told));
  else terminal.stdout.write(shown(text));
  return exitCodes.done;
}

interface Taken {
  readonly registry: string;
  readonly inventory: Inventory;
}

async function take(
  place: string,
  { flags, terminal, onEvent }: CommandContext<InventoryFlags>,
): Promise<Taken> {
  const destination = readPlace(place);
  const side = { ...flags, readOnly: true };
  await using store = await openRegistryStore(destination.host, side, terminal, tellNotices(onEvent));
  const { signal } = terminal;
  const repositories = await findRepositories(store, destination, flags, { onEvent, signal });
  return { registry: store.title, inventory: await takeInventory(repositories, onEvent, signal) };
}
