import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { type HostCertificates, readCertsDirectory } from "./certs-directory.ts";
import { readContainerdHost } from "../auth/containerd-host.ts";
import { findRegistryConfig, type RegistryConfig } from "../auth/registries-yaml.ts";
import { readPem } from "./read-pem.ts";
import { loadSystemCertificates } from "./system-certificates.ts";
import type { TlsSettings } from "../http/undici-transport.ts";
import type { OnNotice } from "../../content/notice.ts";

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
    authorities: caFile === undefined ? [] : [await readPem(caFile, "certificate")],
    ...(certFile === undefined ? {} : { cert: await readPem(certFile, "certificate") }),
    ...(keyFile === undefined ? {} : { key: await readPem(keyFile, "key") }),
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
  const found = await readContainerdHost(host, options);
  if (!found) return { authorities: [] };
  const { folder, toml } = found;
  if (!toml) return (await readCertsDirectory(folder, options.onNotice)) ?? { authorities: [] };
  const { root = "" } = options;
  const read = (file: string, what: "certificate" | "key"): Promise<string> =>
    readPem(isAbsolute(file) ? root + file : join(folder, file), what);
  const [cert, key] = toml.clients[0] ?? [];
  return {
    authorities: await Promise.all(toml.authorities.map((file) => read(file, "certificate"))),
    ...(cert === undefined
      ? {}
      : { cert: await read(cert, "certificate"), key: await read(key ?? cert, "key") }),
    skipVerify: toml.skipVerify,
  };
}

async function loadRegistriesYaml(host: string, options: TlsOptions): Promise<HostTls> {
  const config = findRegistryConfig(options.registries, host);
  const { caFile, certFile, keyFile, skipVerify } = config ?? {};
  return { ...(await loadGiven({ caFile, certFile, keyFile })), skipVerify: skipVerify ?? false };
}
