import { type Command, Option } from "commander";
import { type ArchTags, archTagsWords } from "../../content/option-words.ts";

/** The option as commander hands it over; `false` is `--no-arch-tags`. */
export interface ArchTagsFlag {
  readonly archTags: ArchTags | false;
}

/** Adds when the images of a list get tags of their own. */
export function addArchTagsOption(command: Command): void {
  command
    .addOption(
      new Option(
        "--arch-tags <when>",
        "tags for the images of a list, auto: where garbage collection takes them without",
      )
        .choices(archTagsWords)
        .default("auto"),
    )
    .option("--no-arch-tags", "the same as --arch-tags never");
}

export function readArchTags({ archTags }: ArchTagsFlag): ArchTags {
  return archTags === false ? "never" : archTags;
}
