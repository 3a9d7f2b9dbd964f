import { addFormatOptions } from "../options/format-options.ts";
import { addArchTagsOption } from "../options/arch-tags-option.ts";
import type { Command } from "commander";
import { addChecksumOptions } from "../options/checksum-options.ts";
import { addMaxInflatedOption } from "../options/archive-options.ts";
import { collectList } from "../options/collect-values.ts";
import { addProgressOptions } from "../progress/progress-options.ts";
import { addCreateProjectsOption, addRegistryOptions } from "../options/registry-options.ts";
import { addSinceOption } from "../inventory/since-option.ts";
import { addSignatureOptions } from "../options/signature-options.ts";
import type { CopyFlags } from "./run-copy.ts";
import { addSourceRegistryOptions } from "../options/source-registry-options.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
Places: docker://HOST/NAME[:TAG|@DIGEST], docker-archive:FILE[:NAME], oci-archive:FILE[:NAME], oci:FOLDER[:NAME]

Examples:
  A list with all its images, digest kept:
    airgap-load copy docker://docker.io/library/busybox:1.36 docker://192.168.2.23:5000/library/busybox:1.36
  Two platforms of it, into an archive:
    airgap-load copy --platform linux/amd64,linux/arm/v7 docker://busybox:1.36 oci-archive:busybox.tar
  A tag put back to what it named before:
    airgap-load copy docker://HOST:5000/app@sha256:... docker://HOST:5000/app:1.0
`;

/** Adds the command that copies one image between registries, archives and folders. */
export function addCopyCommand(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const command = program
    .command("copy")
    .summary("copy an image between registries, archives and folders")
    .description(
      "Copies an image, or a list with all its images, from one place to another. What is copied whole keeps its digest.",
    )
    .argument("<from>", "where the image is")
    .argument("<to>", "where it goes")
    .addHelpText("after", examples)
    .optionsGroup("Images:")
    .option(
      "--platform <platforms>",
      "only these platforms of a list, comma-separated: one is copied by itself, several as a new list",
      collectList,
      [],
    )
    .option("-a, --all", "all images of a list, which is the default")
    .option("--index-only", "the list alone; its images are there already")
    .option("--referrers", "also signatures, attestations and whatever else refers to the image")
    .option("--temp-dir <folder>", "where temp files go, for what cannot be read twice");
  addJsonOption(command, "; on standard error where the archive goes there");
  addFormatOptions(command);
  addSinceOption(command);
  addChecksumOptions(command);
  addMaxInflatedOption(command);
  addArchTagsOption(command);
  addCreateProjectsOption(command);
  addSignatureOptions(command);
  addRegistryOptions(command);
  command.optionsGroup("Registry to copy from, where there are two:");
  addSourceRegistryOptions(command);
  command.optionsGroup("Progress:");
  addProgressOptions(command);
  command.action(async (from: string, to: string, flags: CopyFlags) => {
    const { runCopy } = await import("./run-copy.ts");
    done(await runCopy(from, to, flags, terminal));
  });
}
