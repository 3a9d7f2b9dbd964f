import { parseReference, type Reference } from "../../oci/reference.ts";
import { usageError } from "../usage-error.ts";

/** Where an image is, in skopeo's words (containers-transports(5)). */
export type Location = RegistryLocation | FileLocation;

export interface RegistryLocation {
  readonly transport: "docker";
  readonly reference: Reference;
}

export interface FileLocation {
  readonly transport: "docker-archive" | "oci-archive" | "oci";
  /** `-` is standard input or output. */
  readonly path: string;
  /** As written; none where nothing stands behind the path. */
  readonly name: string | undefined;
}

const forms =
  "docker://HOST/NAME[:TAG|@DIGEST], docker-archive:FILE[:NAME], oci-archive:FILE[:NAME] or oci:FOLDER[:NAME]";

/** Reads a place that images are copied from or to. Throws a usage error, and `REFERENCE_INVALID`. */
export function parseLocation(text: string): Location {
  const [, transport, rest = ""] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
  if (transport === "docker" && rest.startsWith("//")) {
    return { transport, reference: parseReference(rest.slice(2)) };
  }
  if (transport === "docker-archive" || transport === "oci-archive" || transport === "oci") {
    return { transport, ...splitPath(rest, text) };
  }
  throw usageError(`Cannot read "${text}": want ${forms}`);
}

/** A path ends at the first colon, save that of a Windows drive. */
function splitPath(rest: string, text: string): { path: string; name: string | undefined } {
  const [, path = "", name] = /^((?:[A-Za-z]:(?=[\\/]))?[^:]*)(?::(.*))?$/s.exec(rest) ?? [];
  if (path === "" || name === "") throw usageError(`Cannot read "${text}": want ${forms}`);
  return { path, name };
}
