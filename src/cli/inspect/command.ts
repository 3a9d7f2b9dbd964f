import { type Command, Option } from "commander";
import { addMaxInflatedOption } from "../options/archive-options.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import { addNoProgressOption } from "../progress/progress-options.ts";
import { addRegistryOptions } from "../options/registry-options.ts";
import type { InspectFlags } from "./run-inspect.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
Examples:
  What is in an archive, and whose config lies:
    airgap-load inspect k3s-airgap-images-arm64.tar.gz
  An image as docker buildx imagetools inspect shows it, and as docker manifest inspect -v:
    airgap-load inspect 192.168.2.23:5000/rancher/pause:3.1
    airgap-load inspect --verbose docker.io/library/busybox:1.36
  What one of its images was configured with:
    airgap-load inspect --format '{{json (index .Image "linux/arm64").config}}' HOST:5000/app:1.0
`;

/** Adds the command that tells what archives and images are. */
export function addInspectCommand(
  program: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command("inspect")
    .summary("show what is in archives, and what an image in a registry is")
    .description(
      "Of an archive: who wrote it, its images and their platforms with what every witness says of them, and what is odd. Of an image in a registry: its digest and what it lists.",
    )
    .argument(
      "<what...>",
      "archives, or folders that are OCI layouts; - is standard input. What is no file is an image's name",
    )
    .addHelpText("after", examples);
  addJsonOption(command);
  command
    .option("--raw", "of an image: the bytes of its manifest or index as they are")
    .option(
      "--format <template>",
      "of an image: a Go template over .Name, .Manifest, .Image, .BuildInfo, .Provenance, .SBOM",
    )
    .option("-v, --verbose", "of an image: as docker manifest inspect --verbose")
    .option("--tree", "of an image: its platforms and layers with their sizes")
    .option("--skopeo", "of an image: as skopeo inspect prints it")
    .option("--config", "of an image: its config, as skopeo inspect --config; with --raw byte for byte")
    .option("--platform <platform>", "with --skopeo and --config: which image of a list")
    .addOption(new Option("--builder <name>", "taken for docker buildx imagetools inspect's sake").hideHelp())
    .option("--temp-dir <folder>", "where temp files go, for what cannot be read twice")
    .option(
      "--cache-dir <folder>",
      "where what archives hold is remembered (default: in the user's cache folder)",
    )
    .option("--no-cache", "do not remember what archives hold, and read them again");
  addNoProgressOption(command);
  addMaxInflatedOption(command);
  addRegistryOptions(command);
  command.action(async (names: readonly string[], flags: InspectFlags) => {
    const { runInspect } = await import("./run-inspect.ts");
    done(await runInspect(names, flags, terminal));
  });
}
