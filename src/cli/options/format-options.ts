import { type Command, Option } from "commander";
import { type ManifestFormat, manifestFormats } from "../../content/option-words.ts";

/** The options as commander hands them over. */
export interface FormatFlags {
  readonly format: ManifestFormat;
  readonly preserveDigests?: boolean;
}

/** Adds which family of media types images get, and whether that may change their digests. */
export function addFormatOptions(command: Command): void {
  command
    .addOption(
      new Option(
        "--format <family>",
        "media types of manifests; docker and oci convert what is of the other, auto only what the registry refuses",
      )
        .choices(manifestFormats)
        .default("auto"),
    )
    .option(
      "--preserve-digests",
      "fail an image rather than convert it, or change its digest in another way",
    );
}

export function readFormatFlags({ format, preserveDigests = false }: FormatFlags): Required<FormatFlags> {
  return { format, preserveDigests };
}
