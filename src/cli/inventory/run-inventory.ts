import { exitCodes } from "../../oci/airgap-error.ts";
import { formatInventory, takeInventory } from "../../transfer/counted/inventory.ts";
import { checkWritable } from "../files/check-writable.ts";
import { writeTextFile } from "../files/write-text-file.ts";
import { findRepositories, readPlace, type RepositoriesFlag } from "../manage/find-repositories.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { countNoun } from "../output/count-noun.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { shown, shownJson } from "../output/shown.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";

/** The options of `inventory` as commander hands them over. */
export interface InventoryFlags extends RegistryFlags, RepositoriesFlag, JsonFlag {
  readonly output: string;
}

/** Writes down what a registry has; resolves to the exit code. */
export async function runInventory(
  place: string,
  flags: InventoryFlags,
  terminal: Terminal,
): Promise<number> {
  const { signal, stderr, stdout } = terminal;
  await checkWritable("--output", flags.output);
  const destination = readPlace(place);
  await using store = await openRegistryStore(
    destination.host,
    { ...flags, readOnly: true },
    terminal,
    ({ text }) => void stderr.write(shown(`note: ${text}\n`)),
  );
  const repositories = await findRepositories(store, destination, flags, signal);
  const inventory = await takeInventory(repositories, signal);
  await writeTextFile("--output", flags.output, shown(formatInventory(inventory)));
  const [names, layers] = [inventory.names.size, inventory.layers.length];
  const told = {
    registry: store.title,
    changed: true,
    file: flags.output,
    totals: { images: names, layers },
  };
  stdout.write(
    flags.json
      ? shownJson(jsonDocument("inventory", told))
      : shown(`${flags.output}: ${countNoun(names, "name")}, ${countNoun(layers, "layer")}\n`),
  );
  return exitCodes.done;
}
