import { families } from "../../oci/media-type.ts";
import { type Command, Option } from "commander";
import { collectList } from "../options/collect-values.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import { addRegistryOptions } from "../options/registry-options.ts";
import type { PushSpecFlags } from "./run-push-spec.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
A file is as manifest-tool reads it, and may hold several lists, --- between them:
  image: 192.168.2.23:5000/app:1.0
  tags: ["1", "latest"]
  manifests:
    - image: 192.168.2.23:5000/app:1.0-amd64
      platform: { os: linux, architecture: amd64 }
    - image: 192.168.2.23:5000/app:1.0-arm
      platform: { os: linux, architecture: arm, variant: v7 }
A platform that is omitted is taken from the image's config.

Examples:
  airgap-load push-spec app.yaml
  airgap-load push-spec --platforms linux/amd64,linux/arm/v7 --template HOST:5000/app:1.0-ARCHVARIANT --target HOST:5000/app:1.0
`;

/** Adds the command that publishes lists from manifest-tool's files. */
export function addPushSpecCommand(
  program: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command("push-spec")
    .summary("publish lists that a YAML file describes, as manifest-tool does")
    .description(
      "Publishes multi-arch lists of images that are in registries, from a file in the form of manifest-tool or from a template for their names.",
    )
    .argument("[file]", "YAML, as manifest-tool's push from-spec takes it and load --write-spec writes it")
    .addHelpText("after", examples)
    .optionsGroup("List:")
    .option("--platforms <platforms>", "instead of a file: comma-separated", collectList, [])
    .option("--template <name>", "names of the images, with OS, ARCH and VARIANT for a platform's words")
    .option("--target <name>", "name of the list")
    .option("--tags <tags>", "more tags for it, comma-separated", collectList, [])
    .option("--annotations <key=value>", "annotations of an OCI list, comma-separated", collectList, [])
    .option("--ignore-missing", "leave out images that are not there")
    .addOption(
      new Option("--type <family>", "media type of the list (default: what its images need)").choices(
        families,
      ),
    );
  addJsonOption(command);
  addRegistryOptions(command);
  command.action(async (file: string | undefined, flags: PushSpecFlags) => {
    const { runPushSpec } = await import("./run-push-spec.ts");
    done(await runPushSpec(file, flags, terminal));
  });
}
