import { describeFileError, isFileError, isFullDisk } from "../../content/file-error.ts";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { descriptorToJson, parseDescriptor } from "../../oci/descriptor.ts";
import { digestHex, digestOf, parseDigest } from "../../oci/digest.ts";
import { asArray, asObject, asString, jsonLine, parseJson } from "../../oci/json.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import type { DraftEntry } from "../../transfer/drafts/list-draft.ts";
import { makeFolders } from "../../content/make-folders.ts";
import { replaceFile } from "../files/replace-file.ts";

/** Version of the files; others are refused. */
const version = 1;

/** The lists that `manifest create` has begun and that are not pushed yet, a file each in the user's state folder. */
export class LocalLists {
  readonly #folder: string;

  constructor(env: NodeJS.ProcessEnv) {
    const state = env["XDG_STATE_HOME"] || join(env["HOME"] || ".", ".local", "state");
    this.#folder = join(state, "airgap-load", "manifests");
  }

  /** A list's images in the order in which they were added, or undefined where there is no such list. Throws `STATE_INVALID`. */
  async read(list: Reference): Promise<DraftEntry[] | undefined> {
    const path = this.#path(list);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw explain("read", path, error);
    });
    return bytes && parseList(bytes, path);
  }

  /** Throws `STATE_NOT_WRITABLE`. */
  async write(list: Reference, entries: readonly DraftEntry[]): Promise<void> {
    const path = this.#path(list);
    const document = { version, list: formatReference(list), entries: entries.map(entryToJson) };
    try {
      await makeFolders(this.#folder, 0o700);
      await replaceFile(path, (file) => file.writeFile(jsonLine(document, 2)), 0o600);
    } catch (error) {
      throw explain("write", path, error);
    }
  }

  /** Forgets a list; false where there was none. */
  async remove(list: Reference): Promise<boolean> {
    try {
      await rm(this.#path(list));
      return true;
    } catch (error) {
      if (isFileError(error, "ENOENT")) return false;
      throw explain("remove", this.#path(list), error);
    }
  }

  #path(list: Reference): string {
    return join(this.#folder, `${digestHex(digestOf(formatReference(list)))}.json`);
  }
}

function entryToJson({ image, root, descriptor }: DraftEntry): Record<string, unknown> {
  return { image: formatReference(image), root, descriptor: descriptorToJson(descriptor) };
}

function parseList(bytes: Uint8Array, path: string): DraftEntry[] {
  const what = `"${path}"`;
  const document = asObject(parseJson(bytes, { what }), what);
  if (document.get("version") !== version) {
    throw new AirgapError("STATE_INVALID", `Cannot read ${what}: it is of another version of this program`, {
      exit: "configuration",
      hint: "Remove the file, and create the list again.",
    });
  }
  return asArray(document.get("entries"), what).map((item) => {
    const entry = asObject(item, what);
    return {
      image: parseReference(asString(entry.get("image"), what)),
      root: parseDigest(asString(entry.get("root"), what)),
      descriptor: parseDescriptor(entry.get("descriptor"), what),
    };
  });
}

function explain(action: string, path: string, cause: unknown): AirgapError {
  const detail = describeFileError(cause);
  return new AirgapError("STATE_NOT_WRITABLE", `Cannot ${action} "${path}": ${detail}`, {
    exit: isFullDisk(cause) ? "disk" : "cannotCreate",
    hint: "Lists that are not pushed yet are kept there; XDG_STATE_HOME names another folder.",
    cause,
  });
}
