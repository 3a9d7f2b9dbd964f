import { mirrorKindWords, onExistingWords } from "../../content/option-words.ts";
import { layerCompressions } from "../../oci/media-type.ts";
import { addFormatOptions } from "../options/format-options.ts";
import { addArchTagsOption } from "../options/arch-tags-option.ts";
import { isJson } from "../output/json/json-option.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { prepareScanThreads } from "../../archive/scan/scan-threads.ts";
import { defaultArchTag } from "../../oci/arch-tag.ts";
import { cacheFolder, openScanCache } from "../files/scan-cache.ts";
import { addArchiveOptions } from "../options/archive-options.ts";
import { bindEnvironment } from "../options/bind-environment.ts";
import { collectList, collectValues } from "../options/collect-values.ts";
import { listArchiveFiles, type LoadFlags, outputForms } from "../options/load-flags.ts";
import { didYouMean } from "../output/did-you-mean.ts";
import { addFoldOption, addNamingOptions } from "../options/naming-options.ts";
import { addCreateProjectsOption, addRegistryOptions } from "../options/registry-options.ts";
import { addSignatureOptions } from "../options/signature-options.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

const examples = `Load k3s's archives of three architectures, one multi-arch image per name:
  airgap-load --registry 192.168.2.23:5000 --amd64 k3s-airgap-images-amd64.tar.gz \\
    --arm64 k3s-airgap-images-arm64.tar.gz --arm k3s-airgap-images-arm.tar.gz
See first what it would do:
  airgap-load --registry 192.168.2.23:5000 --dry-run --amd64 images-amd64.tar.zst
From a pipe:
  xz -dc images.tar.xz | airgap-load --registry harbor.site/k3s --arm64 -
`;

const notes = `
Options can also come from the environment: --ca-file from AIRGAP_LOAD_CA_FILE, a
switch from AIRGAP_LOAD_STRICT=1, several values one a line. The command line
comes first; --print-config shows the result.

Exit codes: 0 done, 1 some images failed, 64 usage, 65 damaged or contradictory
content, 66 archive not readable, 69 registry not reachable, 73 and 74 temp
folder or disk, 75 gave up, 76 registry broke the protocol, 77 denied, 130 Ctrl-C
`;

/** Adds the main job, which is what airgap-load does when no command is named (decision 24). */
export function addLoadCommand(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const command = program
    .command("load", { isDefault: true })
    .summary("load image archives into a registry, one multi-arch image per name (the default command)")
    .description(
      "Loads container image archives of several architectures into a registry, one multi-arch image per name. No docker daemon is needed.",
    )
    .argument("[file...]", "archives whose platforms are found from their content; - is standard input")
    .addHelpText("before", examples)
    .addHelpText("after", notes);
  program
    .addHelpText("before", examples)
    .addHelpText("after", () => `\nThe main job (airgap-load load --help):\n${listOptions(command)}${notes}`);
  bindEnvironment(command, addOptions);
  command.action(async (files: readonly string[], flags: LoadFlags) => {
    if (flags.printConfig) return printConfig(command, terminal);
    checkAreFiles(files, program);
    prepareScanThreads(countUnknown(listArchiveFiles(files, flags), cacheFolder(flags, terminal.env)));
    const { listGivenOptions } = await import("./config-text.ts");
    const { runLoad } = await import("./run-load.ts");
    return done(await runLoad(files, flags, terminal, listGivenOptions(command, terminal.env)));
  });
}

/** How many archives will have to be scanned, as far as can be told at once. */
function countUnknown(files: readonly string[], folder: string | undefined): number {
  const cache = folder === undefined ? undefined : openScanCache(folder);
  return files.filter((file) => !cache?.looksKnown(file)).length;
}

async function printConfig(command: Command, terminal: Terminal): Promise<void> {
  const { env, stdout } = terminal;
  const { configToJson, formatConfig } = await import("./config-text.ts");
  if (isJson(command.opts<LoadFlags>())) writeJson(terminal, configToJson(command, env));
  else stdout.write(shown(formatConfig(command, env)));
}

/** A word that is neither a command nor a file is a mistyped command (decision 24). */
function checkAreFiles(words: readonly string[], program: Command): void {
  const word = words.find((word) => word !== "-" && !/[./\\]/.test(word) && !existsSync(word));
  if (word === undefined) return;
  const names = program.commands.map((command) => command.name());
  throw usageError(
    `Cannot run "${word}": it is neither a command nor a file`,
    `${didYouMean(word, names)}airgap-load --help lists the commands; a file name without a dot can be given as ./NAME.`,
  );
}

/** A command's help from its first group of options on. */
function listOptions(command: Command): string {
  const help = command.createHelp().formatHelp(command, command.createHelp());
  return help.slice(help.indexOf("\nArchives:"));
}

function addOptions(command: Command): void {
  addArchiveOptions(command);
  addListOptions(command);
  addSignatureOptions(command);
  addDestinationOptions(command);
  addLayerOptions(command);
  addOutcomeOptions(command);
}

function addListOptions(command: Command): void {
  command.optionsGroup("Names and lists:");
  addNamingOptions(command);
  addFoldOption(command);
  command
    .addOption(
      new Option("--on-existing <what>", "what to do when the tag already exists")
        .choices(onExistingWords)
        .default("merge"),
    )
    .option("--arch-tag <template>", "template of per-architecture tags", defaultArchTag)
    .option("--drop-attestations", "do not publish provenance and SBOM attestations")
    .option("--always-list", "make a list also of an image that was alone under its name");
  addFormatOptions(command);
  addArchTagsOption(command);
  addCreateProjectsOption(command);
}

function addDestinationOptions(command: Command): void {
  command
    .optionsGroup("Registry:")
    .option("-r, --registry <host[:port][/path]>", "where the images go")
    .option("--to <folder>", "write an OCI image layout instead, for airgap-load serve and other tools");
  addRegistryOptions(command);
}

function addLayerOptions(command: Command): void {
  command
    .optionsGroup("Layers:")
    .option("--reuse-layers", "use layers that the registry has under another digest, once checked")
    .addOption(
      new Option("--layer-compression <how>", "for plain layers that must be compressed here")
        .choices(layerCompressions)
        .default("gzip"),
    )
    .option("--compression-level <n>", "1 (fast) to 9 (small) for those layers", parseLevel);
}

function addOutcomeOptions(command: Command): void {
  command
    .optionsGroup("Outcome:")
    .addOption(
      new Option("--output <form>", "what to print on standard output").choices(outputForms).default("table"),
    )
    .option("--json", "short for --output json")
    .option("--dry-run", "read archives and registry, send nothing")
    .option("--offline", "with --dry-run: do not even ask the registry")
    .option(
      "--require <platforms>",
      "every image must end with these platforms, comma-separated",
      collectList,
      [],
    )
    .option("--strict", "any warning is a failure, before anything is published where it can be")
    .option("--failed-list <file>", "write the names of failed images, for the next run's --image-list")
    .option("--write-spec <file>", "write the lists as YAML, for push-spec and manifest-tool")
    .option(
      "--report <file>",
      "write what was done to a .json or .html file, for the change ticket (repeatable)",
      collectValues,
      [],
    )
    .option(
      "--print-registries-yaml",
      "print what k3s and rke2 nodes need to pull these images; the table goes to standard error",
    )
    .option(
      "--write-registries-yaml <file>",
      "write the same to a file, which is left unchanged in a dry run or when anything failed",
    )
    .option("--print-hosts-toml", "print what containerd needs")
    .addOption(
      new Option(
        "--print-mirrors <kind>",
        "print what nodes need: k3s and rke2, containerd, CRI-O and podman, OpenShift, docker, or Talos",
      ).choices(mirrorKindWords),
    )
    .option("--print-config", "print every option's value and where it comes from, and end")
    .option("--temp-dir <folder>", "where temp files go (default: the system's)")
    .option(
      "--cache-dir <folder>",
      "where what archives hold is remembered (default: in the user's cache folder)",
    )
    .option("--no-cache", "do not remember what archives hold, and read them again")
    .option("-q, --quiet", "only warnings and errors on standard error")
    .option("-v, --verbose", "a line for every blob, causes of errors")
    .option("--no-progress", "no progress bars");
}

function parseLevel(value: string): number {
  if (/^[1-9]$/.test(value)) return Number(value);
  throw new InvalidArgumentError("want a number from 1 to 9");
}
