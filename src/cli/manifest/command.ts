import type { Command } from "commander";
import { collectList } from "../options/collect-values.ts";
import type { AnnotateFlags } from "./annotate-list.ts";
import type { CreateFlags } from "./create-list.ts";
import type { InspectManifestFlags } from "./inspect-manifest.ts";
import type { PushFlags } from "./push-list.ts";
import { addJsonOption, type JsonFlag } from "../output/json/json-option.ts";
import { addRegistryOptions } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
Examples:
  A list of two images that are in the registry already:
    airgap-load manifest create HOST:5000/app:1.0 HOST:5000/app:1.0-amd64 HOST:5000/app:1.0-arm
    airgap-load manifest annotate HOST:5000/app:1.0 HOST:5000/app:1.0-arm --arch arm --variant v6
    airgap-load manifest push --purge HOST:5000/app:1.0
`;

type Done = (exitCode: number) => void;

/** Adds docker's commands for lists that are made by hand, without docker. */
export function addManifestCommand(program: Command, terminal: Terminal, done: Done): void {
  const manifest = program
    .command("manifest")
    .summary("make lists by hand, as docker manifest does")
    .description(
      "Makes multi-arch lists of images that are in registries, as docker manifest does. Until it is pushed, a list is kept in this user's state folder.",
    )
    .addHelpText("after", examples);
  addCreate(manifest, terminal, done);
  addAnnotate(manifest, terminal, done);
  addInspect(manifest, terminal, done);
  addPush(manifest, terminal, done);
  addRemove(manifest, terminal, done);
}

function addCreate(manifest: Command, terminal: Terminal, done: Done): void {
  const command = manifest
    .command("create")
    .description("Begins a list of images; one that is a list itself brings all its images.")
    .argument("<list>", "the name that it will have")
    .argument("<image...>", "images in the same registry or in others")
    .option("-a, --amend", "add to a list that was begun before; an image that it has is looked up again");
  addJsonOption(command);
  addRegistryOptions(command);
  command.action(async (list: string, images: readonly string[], flags: CreateFlags) => {
    const { createList } = await import("./create-list.ts");
    done(await createList(list, images, flags, terminal));
  });
}

function addAnnotate(manifest: Command, terminal: Terminal, done: Done): void {
  const command = manifest
    .command("annotate")
    .description("Says of an image in a list whom it is for, where its config does not or lies.")
    .argument("<list>", "a list that was begun")
    .argument("<image>", "as it was given to create, or with a digest")
    .option("--arch <architecture>", "arm64, for example")
    .option("--os <system>", "linux, for example")
    .option("--os-features <features>", "comma-separated", collectList, [])
    .option("--os-version <version>", "of Windows")
    .option("--variant <variant>", "v7, for example");
  addJsonOption(command);
  command.action(async (list: string, image: string, flags: AnnotateFlags) => {
    const { annotateList } = await import("./annotate-list.ts");
    done(await annotateList(list, image, flags, terminal));
  });
}

function addInspect(manifest: Command, terminal: Terminal, done: Done): void {
  const command = manifest
    .command("inspect")
    .description(
      "Prints a list that was begun, or what a registry has, or an image of a list that was begun.",
    )
    .argument("<manifest>", "a list that was begun, else what a registry has")
    .argument("[image]", "an image of that list, by itself")
    .option("-v, --verbose", "with the manifest of each image");
  addJsonOption(command, ", as every command prints it; by itself it is docker's");
  addRegistryOptions(command);
  command.action(async (list: string, image: string | undefined, flags: InspectManifestFlags) => {
    const { inspectManifest } = await import("./inspect-manifest.ts");
    done(await inspectManifest(list, image, flags, terminal));
  });
}

function addPush(manifest: Command, terminal: Terminal, done: Done): void {
  const command = manifest
    .command("push")
    .description(
      "Publishes a list. Images of other repositories are brought to its own; one that has changed since is an error.",
    )
    .argument("<list>", "a list that was begun")
    .option("-p, --purge", "forget the list here once it is published");
  addJsonOption(command);
  addRegistryOptions(command);
  command.action(async (list: string, flags: PushFlags) => {
    const { pushList } = await import("./push-list.ts");
    done(await pushList(list, flags, terminal));
  });
}

function addRemove(manifest: Command, terminal: Terminal, done: Done): void {
  const command = manifest
    .command("rm")
    .description("Forgets lists that were begun. What a registry has stays.")
    .argument("<list...>", "lists that were begun");
  addJsonOption(command);
  command.action(async (lists: readonly string[], flags: JsonFlag) => {
    const { removeLists } = await import("./remove-lists.ts");
    done(await removeLists(lists, flags, terminal));
  });
}
