import type { Command } from "commander";
import { defaultArchTag } from "../../oci/arch-tag.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import { addNamingOptions } from "../options/naming-options.ts";
import { addNoProgressOption } from "../progress/progress-options.ts";
import { addRegistryOptions } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";
import type { DeleteFlags } from "./run-delete.ts";
import type { LsFlags } from "./run-ls.ts";
import type { PruneFlags } from "./run-prune.ts";
import type { TagsFlags } from "./run-tags.ts";

const deleteExamples = `
Examples:
  See what would go with a tag, then delete it:
    airgap-load delete 192.168.2.23:5000/rancher/pause:3.1
    airgap-load delete --yes 192.168.2.23:5000/rancher/pause:3.1

Exit codes: 0 done, 1 some of it could not be deleted, 66 not there
`;

const pruneExamples = `
Examples:
  See what is left of older releases, then delete it:
    airgap-load prune 192.168.2.23:5000/rancher --keep-list k3s-images.txt
    airgap-load prune 192.168.2.23:5000/rancher --keep-list k3s-images.txt --yes

Exit codes: 0 done, 1 some of it could not be deleted, 64 nothing there is on the list
`;

type Done = (exitCode: number) => void;

/** Adds the commands that look after what is in a registry: `ls`, `tags`, `delete` and `prune`. */
export function addManageCommands(program: Command, terminal: Terminal, done: Done): void {
  addLs(program, terminal, done);
  addTags(program, terminal, done);
  addDelete(program, terminal, done);
  addPrune(program, terminal, done);
}

function addLs(program: Command, terminal: Terminal, done: Done): void {
  const command = program
    .command("ls")
    .summary("list the images in a registry")
    .description("Lists images in a registry, with their tags, platforms and sizes.")
    .argument("<place>", "host[:port], or host[:port]/path for one repository and what is below it")
    .option("-a, --all", "also tags of single images of a list, and of signatures");
  addRepositoriesOption(command);
  addJsonOption(command);
  finish(command);
  command.action(async (place: string, flags: LsFlags) => {
    const { runLs } = await import("./run-ls.ts");
    done(await runLs(place, flags, terminal));
  });
}

function addTags(program: Command, terminal: Terminal, done: Done): void {
  const command = program
    .command("tags")
    .summary("list the tags of a repository")
    .description("Prints all tags of one repository, one a line.")
    .argument("<repository>", "host[:port]/path");
  addJsonOption(command);
  finish(command);
  command.action(async (place: string, flags: TagsFlags) => {
    const { runTags } = await import("./run-tags.ts");
    done(await runTags(place, flags, terminal));
  });
}

function addDelete(program: Command, terminal: Terminal, done: Done): void {
  const command = program
    .command("delete")
    .summary("delete images from a registry, with all that is theirs alone")
    .description(
      "Deletes tags, or manifests by their digests, with the images of a list, their own tags, and what refers to them. What another tag or list names stays. Without --yes it only tells what would go.",
    )
    .argument("<image...>", "host[:port]/name:tag, or host[:port]/name@digest")
    .addHelpText("after", deleteExamples)
    .option(
      "--arch-tag <template>",
      "the own tags of a list's images, as they were given to load",
      defaultArchTag,
    );
  addYesOption(command);
  addJsonOption(command);
  finish(command);
  command.action(async (names: readonly string[], flags: DeleteFlags) => {
    const { runDelete } = await import("./run-delete.ts");
    done(await runDelete(names, flags, terminal));
  });
}

function addPrune(program: Command, terminal: Terminal, done: Done): void {
  const command = program
    .command("prune")
    .summary("delete what is not on a list from a part of a registry")
    .description(
      "Deletes the images below a path of a registry that a list does not name. Whatever a listed image names, and whatever refers to it, stays: images of other platforms, their own tags, signatures, attestations. Without --yes it only tells what would go.",
    )
    .argument("<place>", "host[:port]/path")
    .addHelpText("after", pruneExamples)
    .requiredOption(
      "-k, --keep-list <file>",
      "names of the images that stay, in any form that --image-list takes",
    );
  addRepositoriesOption(command);
  addYesOption(command);
  addJsonOption(command);
  command.optionsGroup("Names, as they were given to load:");
  addNamingOptions(command);
  finish(command);
  command.action(async (place: string, flags: PruneFlags) => {
    const { runPrune } = await import("./run-prune.ts");
    done(await runPrune(place, flags, terminal));
  });
}

function addRepositoriesOption(command: Command): void {
  command.option("--repositories <file>", "repositories, one a line, where the registry does not tell them");
}

function addYesOption(command: Command): void {
  command
    .option("--yes", "delete; without it nothing is")
    .option("-v, --verbose", "a line for every manifest, and for all that stays because of what is kept");
}

function finish(command: Command): void {
  command.optionsGroup("Registry:");
  addRegistryOptions(command);
  command.optionsGroup("Progress:");
  addNoProgressOption(command);
}
