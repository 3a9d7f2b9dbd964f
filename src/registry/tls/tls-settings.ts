import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type HostCertificates, readCertsDirectory } from "./certs-directory.ts";
import { parseHostsToml } from "./hosts-toml.ts";
import { findRegistryConfig, type RegistryConfig } from "../auth/registries-yaml.ts";
import { loadSystemCertificates } from "./system-certificates.ts";
import type { TlsSettings } from "../http/undici-transport.ts";
import { note, type OnNotice } from "../../content/notice.ts";
import { isFileError } from "../../content/file-error.ts";

export interface TlsOptions {
  readonly noVerify: boolean;
  /** The host that the given certificate and key are for; a token server elsewhere does not see them. */
  readonly clientHost: string;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly registries: ReadonlyMap<string, RegistryConfig>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onNotice: OnNotice;
  /** In front of the absolute paths that are looked into, for tests. */
  readonly root?: string | undefined;
}

interface HostTls extends HostCertificates {
  readonly skipVerify?: boolean;
}

/**
 * Settings for TLS with a host (registry.md 4.3): authorities of Node, the machine, the options and the host's
 * `certs.d`; the client's certificate from the options, else from certs.d or registries.yaml. Throws
 * `CERTIFICATE_INVALID` for a file that is named and cannot be read.
 */
export async function loadTlsSettings(host: string, options: TlsOptions): Promise<TlsSettings> {
  const found = [
    await loadGiven(host === options.clientHost ? options : { caFile: options.caFile }),
    await loadContainerd(host, options),
    await loadCertsDirectory(host, options),
    await loadRegistriesYaml(host, options),
  ];
  const client = found.find((tls) => tls.cert !== undefined);
  const system = await loadSystemCertificates(options.env);
  const skipVerify = options.noVerify || found.some((tls) => tls.skipVerify);
  return {
    ca: [...system, ...found.flatMap((tls) => tls.authorities)],
    ...(client?.cert === undefined ? {} : { cert: client.cert, key: client.key ?? client.cert }),
    ...(skipVerify ? { rejectUnauthorized: false } : {}),
  };
}

async function loadGiven(options: Pick<TlsOptions, "caFile" | "certFile" | "keyFile">): Promise<HostTls> {
  const { caFile, certFile, keyFile } = options;
  return {
    authorities: caFile === undefined ? [] : [await readPem(caFile)],
    ...(certFile === undefined ? {} : { cert: await readPem(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readPem(keyFile) }),
  };
}

/** The first folder that exists counts, as for podman and docker. */
async function loadCertsDirectory(host: string, options: TlsOptions): Promise<HostTls> {
  const { env, onNotice, root = "" } = options;
  const home = env["HOME"] || homedir();
  const config = env["XDG_CONFIG_HOME"] || join(home, ".config");
  const parents = [
    join(config, "containers/certs.d"),
    `${root}/etc/containers/certs.d`,
    `${root}/etc/docker/certs.d`,
    join(config, "docker/certs.d"),
    ...(env["ProgramData"] ? [join(env["ProgramData"], "docker/certs.d")] : []),
  ];
  for (const parent of parents) {
    // Windows has no colons in file names.
    const name = parent.includes(env["ProgramData"] || "\0") ? host.replace(":", "") : host;
    const found = await readCertsDirectory(join(parent, name), onNotice);
    if (found) return found;
  }
  return { authorities: [] };
}

async function loadContainerd(host: string, options: TlsOptions): Promise<HostTls> {
  const { onNotice, root = "" } = options;
  for (const name of [host, host.replace(/:(\d+)$/, "_$1_")]) {
    const path = `${root}/etc/containerd/certs.d/${name}/hosts.toml`;
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (isFileError(error, "EACCES")) onNotice(note(`Settings in "${path}" are ignored: EACCES`));
      return undefined;
    });
    if (text === undefined) continue;
    const { authorities, clients, skipVerify } = parseHostsToml(text, path, host);
    const read = (file: string): Promise<string> =>
      readPem(isAbsolute(file) ? root + file : join(dirname(path), file));
    const [cert, key] = clients[0] ?? [];
    return {
      authorities: await Promise.all(authorities.map(read)),
      ...(cert === undefined ? {} : { cert: await read(cert), key: await read(key ?? cert) }),
      skipVerify,
    };
  }
  return { authorities: [] };
}

async function loadRegistriesYaml(host: string, options: TlsOptions): Promise<HostTls> {
  const config = findRegistryConfig(options.registries, host);
  const { caFile, certFile, keyFile, skipVerify } = config ?? {};
  return { ...(await loadGiven({ caFile, certFile, keyFile })), skipVerify: skipVerify ?? false };
}

async function readPem(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AirgapError("CERTIFICATE_INVALID", `Cannot read certificate "${path}": ${detail}`, {
      exit: "configuration",
      hint: "Correct what names it: --ca-file, --cert or --key, a hosts.toml, or registries.yaml.",
      cause,
    });
  });
  if (text.includes("-----BEGIN ")) return text;
  throw new AirgapError("CERTIFICATE_INVALID", `Cannot use certificate "${path}": it is not PEM`, {
    exit: "configuration",
    hint: "Convert it with: openssl x509 -inform der -in FILE -out FILE.pem",
  });
}
