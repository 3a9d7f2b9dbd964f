import { decodeText } from "../../content/decode-text.ts";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFileError } from "../../content/file-error.ts";
import { note, type OnNotice } from "../../content/notice.ts";
import { type HostsToml, parseHostsToml } from "./hosts-toml.ts";

/** Where containerd on this machine is told about a registry. */
export interface ContainerdHost {
  readonly folder: string;
  /** None where the folder holds only certificates, in docker's form. */
  readonly toml: HostsToml | undefined;
}

/**
 * The folder that containerd, k3s and rke2 look into for a host: its own, else `_default` (containerd, docs/hosts.md). Throws
 * `CONFIG_FILE_INVALID`.
 */
export async function readContainerdHost(
  host: string,
  { root = "", onNotice }: { readonly root?: string | undefined; readonly onNotice: OnNotice },
): Promise<ContainerdHost | undefined> {
  for (const name of new Set([host.replace(/:(\d+)$/, "_$1_"), host, "_default"])) {
    const folder = join(root, "/etc/containerd/certs.d", name);
    const path = join(folder, "hosts.toml");
    try {
      if ((await readdir(folder)).includes("hosts.toml")) {
        return { folder, toml: parseHostsToml(decodeText(await readFile(path)), path, host) };
      }
      return { folder, toml: undefined };
    } catch (error) {
      if (isFileError(error, "EACCES")) onNotice(note(`Settings in "${path}" are ignored: EACCES`));
      else if (!isFileError(error, "ENOENT") && !isFileError(error, "ENOTDIR")) throw error;
    }
  }
  return undefined;
}
