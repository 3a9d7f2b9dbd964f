import type { Command } from "commander";
import { addJsonOption } from "../output/json/json-option.ts";
import { addNoProgressOption } from "../progress/progress-options.ts";
import { addRegistryOptions } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";
import type { InventoryFlags } from "./run-inventory.ts";

const examples = `
Examples:
  Inside: what the site has
    airgap-load inventory 192.168.2.23:5000 -o site.inv
  Outside: what it does not have, and nothing else
    airgap-load save --since site.inv -o release-2.tar --image-list images.txt
  Inside again:
    airgap-load --registry 192.168.2.23:5000 release-2.tar
`;

/** Adds the command that says what a registry has, so that only what is new has to travel. */
export function addInventoryCommand(
  program: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command("inventory")
    .summary("write down what a registry has, for save --since")
    .description(
      "Writes down what a registry has: names, digests and layers, and no secret. With it, save and copy leave out of an archive what the site has.",
    )
    .argument("<place>", "host[:port], or host[:port]/path for what is below it")
    .addHelpText("after", examples)
    .requiredOption("-o, --output <file>", "where to write")
    .option("--repositories <file>", "repositories, one a line, where the registry does not tell them");
  addJsonOption(command);
  command.optionsGroup("Registry:");
  addRegistryOptions(command);
  command.optionsGroup("Progress:");
  addNoProgressOption(command);
  command.action(async (place: string, flags: InventoryFlags) => {
    const { runInventory } = await import("./run-inventory.ts");
    done(await runInventory(place, flags, terminal));
  });
}
