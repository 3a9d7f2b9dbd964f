import type { Command } from "commander";
import { usageError } from "../usage-error.ts";

export interface ImageListFlags {
  readonly imageList?: string;
  readonly listImages?: boolean;
}

/** The list of images that a command is for, in any form that `findImages` knows. */
export function addImageListOption(command: Command, what: string): void {
  command
    .option(
      "-l, --image-list <file>",
      `${what}: one name a line, # for comments, or YAML or JSON of Kubernetes, Helm or compose; - is standard input`,
    )
    .option("--list-images", "only print what the list names, and where")
    .hook("preAction", (_, action) => checkStandardInput(action.opts()));
}

/** Throws `USAGE` where standard input is to be a list and a password. */
export function checkStandardInput({
  imageList,
  passwordStdin,
}: ImageListFlags & { passwordStdin?: boolean }): void {
  if (imageList === "-" && passwordStdin) {
    throw usageError("Cannot read both an image list and a password from standard input");
  }
}
