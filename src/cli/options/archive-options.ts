import { fixConfigWords, platformPolicies } from "../../content/option-words.ts";
import { type Command, Option } from "commander";
import { addChecksumOptions } from "./checksum-options.ts";
import { collectValues } from "./collect-values.ts";
import { addImageListOption } from "./image-list-option.ts";
import { parseBytes } from "./parse-bytes.ts";
import { architectureOptions } from "./load-flags.ts";

/** Which archives are read, and what is said of their images: the same options wherever archives are planned. */
export function addArchiveOptions(command: Command): void {
  command.optionsGroup("Archives:");
  for (const architecture of architectureOptions) {
    command.addOption(
      new Option(`--${architecture} <file>`, `archive of ${architecture} images (repeatable)`).argParser(
        collectValues,
      ),
    );
  }
  command.option(
    "--archive <platform=file>",
    "archive of another platform, or of one variant: linux/arm/v6=FILE (repeatable)",
    collectValues,
    [],
  );
  addChecksumOptions(command);
  addImageListOption(command, "only these images");
  command
    .option("--allow-missing", "an archive may be without some images of the list")
    .option(
      "--name <id=name>",
      "name an image that was saved by ID (repeatable), or with a name alone the only image of an archive",
      collectValues,
      [],
    )
    .option("--repository <name>", "where images go when an archive has only their tags")
    .option("--allow-foreign", "push foreign (non-distributable) layers whose bytes are in the archive");
  addMaxInflatedOption(command);
  addPlatformOptions(command);
}

/** How far archives may unpack, wherever one is read. */
export function addMaxInflatedOption(command: Command): void {
  command.option(
    "--max-inflated <bytes>",
    "how far an archive may unpack once that is over 200 times its size: 100G (default: 64G)",
    parseBytes,
  );
}

function addPlatformOptions(command: Command): void {
  command
    .optionsGroup("Platforms:")
    .addOption(
      new Option("--platform-policy <policy>", "how witnesses that disagree are settled")
        .choices(platformPolicies)
        .default("verify"),
    )
    .option(
      "--image-platform <name=platform>",
      "settle one image, by name or ID (repeatable)",
      collectValues,
      [],
    )
    .addOption(
      new Option("--fix-config <when>", "repair a config that names the wrong architecture")
        .choices(fixConfigWords)
        .default("auto"),
    );
}
