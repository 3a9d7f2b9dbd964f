import { addFormatOptions } from "../options/format-options.ts";
import { addArchTagsOption } from "../options/arch-tags-option.ts";
import type { Command } from "commander";
import { collectList } from "../options/collect-values.ts";
import { addNamingOptions } from "../options/naming-options.ts";
import { addImageListOption } from "../options/image-list-option.ts";
import { addNewestOption } from "../options/newest-option.ts";
import { addProgressOptions } from "../progress/progress-options.ts";
import { addCreateProjectsOption, addRegistryOptions } from "../options/registry-options.ts";
import { addSignatureOptions } from "../options/signature-options.ts";
import type { SyncFlags } from "./run-sync.ts";
import { addSourceRegistryOptions } from "../options/source-registry-options.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
Examples:
  Fill a registry that can reach the internet, and again later with what is new:
    airgap-load sync --to 192.168.2.23:5000 --image-list k3s-images.txt
  The three newest releases of a series, looked at first:
    airgap-load sync --to 192.168.2.23:5000 --newest 3 --dry-run 'rancher/k3s:^1.30'
  From one registry to another, two platforms only, and again what failed:
    airgap-load sync --from mirror:5000 --to 192.168.2.23:5000 --platform linux/amd64,linux/arm64 \\
      --image-list k3s-images.txt --failed-list failed.txt
    airgap-load sync --from mirror:5000 --to 192.168.2.23:5000 --image-list failed.txt
`;

/** Adds the command that copies many images from registry to registry. */
export function addSyncCommand(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const command = program
    .command("sync")
    .summary("copy many images from registry to registry")
    .description(
      "Copies images from registry to registry, lists with all their images, digests kept. What is there already is left alone; an image that fails stops no other.",
    )
    .argument(
      "[name...]",
      "images, as docker pull takes them; or some of the tags of one: 'app:1.*', 'app:^1.2', 'app:/^v1/'",
    )
    .addHelpText("after", examples)
    .optionsGroup("Images:")
    .requiredOption("--to <host[:port][/path]>", "registry to copy to")
    .option("--from <host[:port][/path]>", "registry to copy all of them from, whatever host they name");
  addImageListOption(command, "names to copy");
  addNewestOption(command);
  command
    .option("--platform <platforms>", "only these platforms of each, comma-separated", collectList, [])
    .option("--allow-missing", "an image may be missing some of these platforms")
    .option("--referrers", "also signatures, attestations and whatever else refers to an image");
  addFormatOptions(command);
  addArchTagsOption(command);
  addCreateProjectsOption(command);
  addNamingOptions(command);
  addSignatureOptions(command);
  command
    .optionsGroup("Outcome:")
    .option("--dry-run", "look at both registries, send nothing")
    .option("--failed-list <file>", "write the names of failed images, for the next run's --image-list");
  addJsonOption(command);
  addRegistryOptions(command);
  command.optionsGroup("Registry to copy from:");
  addSourceRegistryOptions(command);
  command.optionsGroup("Progress:");
  addProgressOptions(command);
  command.action(async (names: readonly string[], flags: SyncFlags) => {
    const { runSync } = await import("./run-sync.ts");
    done(await runSync(names, flags, terminal));
  });
}
