import { archiveCompressions } from "../../content/option-words.ts";
import { type Command, Option } from "commander";
import { collectList } from "../options/collect-values.ts";
import { addFormatOptions } from "../options/format-options.ts";
import { addImageListOption } from "../options/image-list-option.ts";
import { addNewestOption } from "../options/newest-option.ts";
import { addProgressOptions } from "../progress/progress-options.ts";
import { addSinceOption } from "../inventory/since-option.ts";
import { addJsonOption } from "../output/json/json-option.ts";
import { addRegistryOptions } from "../options/registry-options.ts";
import { parsePartSize } from "./parse-part-size.ts";
import type { SaveFlags } from "./run-save.ts";
import type { Terminal } from "../terminal.ts";

const examples = `
Examples:
  Outside, where the internet is: an archive for each architecture
    airgap-load save -o 'images-{platform}.tar.gz' --platform linux/amd64,linux/arm64 --image-list k3s-images.txt
  Inside, where it is not:
    airgap-load --registry 192.168.2.23:5000 images-amd64.tar.gz images-arm64.tar.gz
  On sticks that take no larger files, and back, with all parts in one folder:
    airgap-load save -o images.tar.gz --split fat32 --image-list k3s-images.txt
    airgap-load --registry 192.168.2.23:5000 images.tar.gz.part001
  All platforms in one image layout, through a pipe:
    airgap-load save -o - busybox:1.36 | ssh site airgap-load --registry 192.168.2.23:5000 -

Who reads what:
  One platform (--platform, or {platform} in the name)
    docker load, podman load, ctr images import, the image folders of k3s and RKE2,
    skopeo, crane (push takes one image), regctl, and this program
  Several platforms in one layout
    ctr images import, skopeo oci-archive:, regctl, and this program; podman load takes
    one image, of several podman pull oci-archive:FILE:NAME takes each; docker load only
    with the containerd image store
  Neither: oras restore, which knows tags and no names in full, and cosign load, which
    reads folders and no archives
`;

/** Adds the command that saves images from registries to archives. */
export function addSaveCommand(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const command = program
    .command("save")
    .summary("save images from registries to archives, as docker save does without a daemon")
    .description(
      "Saves images from registries to archives. An archive of one platform is one that docker load, podman load, ctr images import, k3s and this program's load accept; one of several is an OCI image layout. The same images give the same bytes.",
    )
    .argument(
      "[name...]",
      "images, as docker pull takes them; or some of the tags of one: 'app:1.*', 'app:^1.2', 'app:/^v1/'",
    )
    .addHelpText("after", examples)
    .optionsGroup("Images:")
    .requiredOption(
      "-o, --output <file>",
      "where to write; {platform}, {arch} and {variant} in the name make a file for each platform; - is standard output",
    )
    .option(
      "--platform <platforms>",
      "only these platforms, comma-separated (default: all, in one layout)",
      collectList,
      [],
    );
  addImageListOption(command, "names to save");
  addNewestOption(command);
  command
    .option("--from <host[:port][/path]>", "registry to read all of them from, whatever host they name")
    .option(
      "--allow-missing",
      "an image may be missing some of these platforms; one that has none of them is skipped",
    )
    .option("--referrers", "also signatures, SBOMs and whatever else refers to the images")
    .option(
      "--dry-run",
      "print the names that would be saved, one a line, and how much that is; write nothing",
    );
  addSinceOption(command);
  addFormatOptions(command);
  command
    .addOption(
      new Option("--compression <how>", "around the archive (default: by the file's name)").choices(
        archiveCompressions,
      ),
    )
    .option(
      "--split <size>",
      "write FILE.part001 and so on of at most that many bytes, 500M or 4.7G, each with its checksum; fat32 is 4 GiB less one byte",
      parsePartSize,
    );
  addJsonOption(command, "; on standard error where the archive goes there");
  addRegistryOptions(command);
  command.optionsGroup("Progress:");
  addProgressOptions(command);
  command.action(async (names: readonly string[], flags: SaveFlags) => {
    const { runSave } = await import("./run-save.ts");
    done(await runSave(names, flags, terminal));
  });
}
