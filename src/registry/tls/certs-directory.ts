import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { decodeText } from "../../content/decode-text.ts";
import { note, type OnNotice } from "../../content/notice.ts";
import { systemCode } from "../../content/file-error.ts";

/** What a folder of `certs.d` holds for one host; PEM texts. */
export interface HostCertificates {
  readonly authorities: readonly string[];
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Reads docker's form of certs.d: `*.crt` are authorities, `*.cert` with `*.key` a client's pair; undefined where there is no such folder. Throws `CERTIFICATE_INVALID` for half a pair. */
export async function readCertsDirectory(
  path: string,
  onNotice: OnNotice,
): Promise<HostCertificates | undefined> {
  const names = await listFolder(path, onNotice);
  if (!names) return undefined;
  const read = async (name: string): Promise<string> => decodeText(await readFile(join(path, name)));
  const authorities = await Promise.all(names.filter((name) => name.endsWith(".crt")).map(read));
  const pairs = names
    .filter((name) => /\.(?:cert|key)$/.test(name))
    .map((name) => name.replace(/\.\w+$/, ""));
  const [stem] = pairs;
  if (stem === undefined) return { authorities };
  for (const half of [`${stem}.cert`, `${stem}.key`]) {
    if (!names.includes(half)) {
      throw new AirgapError("CERTIFICATE_INVALID", `Cannot use "${path}": "${half}" is missing`, {
        exit: "configuration",
        hint: "A client certificate is a pair of NAME.cert and NAME.key; an authority's file ends in .crt.",
      });
    }
  }
  return { authorities, cert: await read(`${stem}.cert`), key: await read(`${stem}.key`) };
}

async function listFolder(path: string, onNotice: OnNotice): Promise<string[] | undefined> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    const code = systemCode(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") {
      onNotice(note(`Certificates in "${path}" are ignored: ${String(code)}`));
    }
    return undefined;
  }
}
