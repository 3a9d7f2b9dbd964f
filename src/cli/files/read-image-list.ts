import { buffer } from "node:stream/consumers";
import type { ListedImage } from "../../lists/listed-image.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import type { ImageListFlags } from "../options/image-list-option.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { jsonDocument, type ListingCommand } from "../output/json/json-document.ts";
import type { JsonFlag } from "../output/json/json-option.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { decodeText } from "../../content/decode-text.ts";
import { readTextFile } from "./read-lines.ts";

/**
 * What `--image-list`, or the `option` that is one by another name, names, `-` for standard input. A list that names nothing, or
 * something that can be read neither as a name nor as a pattern, is an error: what is not in it would be missed only when it is
 * needed. Throws `USAGE`, `IMAGE_LIST_INVALID`, `FILE_NOT_READABLE`.
 */
export async function readImageList(
  path: string,
  { stdin }: Terminal,
  option = "--image-list",
  isPattern: (name: string) => boolean = () => false,
): Promise<readonly ListedImage[]> {
  const text = path === "-" ? decodeText(await buffer(stdin)) : await readTextFile(path);
  const { findImages } = await import("../../lists/find-images.ts");
  const found = findImages(text, path === "-" ? "standard input" : path);
  const images = [...found.images, ...found.unread.filter(({ name }) => isPattern(name))];
  const unread = found.unread.filter(({ name }) => !isPattern(name));
  if (unread.length > 0) throw unreadNames(unread);
  if (images.length === 0) {
    throw usageError(
      `Cannot begin: ${option} "${path}" names no image`,
      `Look at what should have written it${option === "--image-list" ? ", or leave it out to take all images" : ""}.`,
    );
  }
  return images;
}

function unreadNames(unread: readonly ListedImage[]): AirgapError {
  const lines = unread.map(({ name, where }) => `  - "${name}" in ${where}`);
  return new AirgapError(
    "IMAGE_LIST_INVALID",
    ["Cannot read the image list, these are no names of images:", ...lines],
    {
      exit: "usage",
      hint: "Put names in their place, as helm template and docker compose config do with variables.",
    },
  );
}

/** Prints what `--image-list` names, and where each name was found; resolves to the exit code (`--list-images`). */
export async function printImageList(
  command: ListingCommand,
  { imageList, json }: ImageListFlags & JsonFlag,
  terminal: Terminal,
): Promise<number> {
  if (imageList === undefined) throw usageError("Cannot list images: --list-images wants --image-list FILE");
  const images = await readImageList(imageList, terminal);
  if (json) {
    const listed = images.map(({ name, where }) => ({ source: name, where }));
    const told = { changed: false, images: listed, totals: { images: images.length } };
    writeJson(terminal, jsonDocument(`${command} --list-images`, told));
    return exitCodes.done;
  }
  const width = Math.max(...images.map(({ name }) => name.length));
  const lines = images.map(({ name, where }) => `${name.padEnd(width)}  # ${where}\n`);
  terminal.stdout.write(shown(lines.join("")));
  return exitCodes.done;
}
