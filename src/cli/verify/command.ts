import type { Command } from "commander";
import { addArchiveOptions } from "../options/archive-options.ts";
import { collectList } from "../options/collect-values.ts";
import { addFoldOption, addNamingOptions } from "../options/naming-options.ts";
import { addProgressOptions } from "../progress/progress-options.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import { addRegistryOptions } from "../options/registry-options.ts";
import { addSignatureOptions } from "../options/signature-options.ts";
import { addArchTagsOption } from "../options/arch-tags-option.ts";
import { defaultArchTag } from "../../oci/arch-tag.ts";
import type { VerifyFlags } from "./run-verify.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
Examples:
  Check that everything in these archives is in the registry, complete and for the right platforms:
    airgap-load verify 192.168.2.23:5000 k3s-airgap-images-amd64.tar.gz k3s-airgap-images-arm64.tar.gz
  Does every image of a list have these platforms:
    airgap-load verify --image-list k3s-images.txt --platform linux/amd64,linux/arm64 192.168.2.23:5000

Exit codes: 0 all passed, 1 some failed
`;

/** Adds the command that checks what a registry has. */
export function addVerifyCommand(
  program: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command("verify")
    .summary("check images in a registry: complete, of the right architecture, equal to archives")
    .description(
      "Reads images back from a registry and says PASS or FAIL for each, with its platforms: whether all of it is there with the right digests, whether its binaries are for the platform that its list says, and whether it is the image of the archives.",
    )
    .argument("<registry>", "host[:port][/path], as it was given to load")
    .argument("[archive...]", "archives that were loaded there")
    .addHelpText("after", examples);
  addArchiveOptions(command);
  command.optionsGroup("Names:");
  addNamingOptions(command);
  addFoldOption(command);
  command
    .optionsGroup("Checks:")
    .option("--platform <platforms>", "every image must have these, comma-separated", collectList, [])
    .option("--arch-tag <template>", "each child's own tag, as it was given to load", defaultArchTag)
    .option("--fast", "read no layers: only ask whether they are there, and believe the configs")
    .option("--failed-list <file>", "write the names of images that failed, for a next --image-list");
  addJsonOption(command);
  command
    .option("--temp-dir <folder>", "where temp files go (default: the system's)")
    .option(
      "--cache-dir <folder>",
      "where what archives hold is remembered (default: in the user's cache folder)",
    )
    .option("--no-cache", "do not remember what archives hold, and read them again");
  addArchTagsOption(command);
  addSignatureOptions(command);
  addRegistryOptions(command);
  command.optionsGroup("Progress:");
  addProgressOptions(command);
  command.action(async (registry: string, files: readonly string[], flags: VerifyFlags) => {
    const { runVerify } = await import("./run-verify.ts");
    done(await runVerify(registry, files, flags, terminal));
  });
}
