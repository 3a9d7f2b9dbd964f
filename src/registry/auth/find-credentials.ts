import { toPlainUtf8 } from "../../content/decode-text.ts";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import { parseJson } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";
import { askCredentialHelper } from "./credential-helper.ts";
import { type CredentialFile, parseCredentialFile } from "./credential-file.ts";
import type { Credentials } from "./credentials.ts";
import { findHostKey, serverNames } from "./match-host.ts";
import { findRegistryConfig, type RegistryConfig } from "./registries-yaml.ts";
import { note, type OnNotice } from "../../content/notice.ts";
import { describeFileError, systemCode } from "../../content/file-error.ts";

export interface CredentialSearch {
  readonly host: string;
  /** From the command line: before all files. */
  readonly given?: Credentials | undefined;
  /** `--authfile`: no other file is looked into. */
  readonly authFile?: string | undefined;
  /** From registries.yaml: after all files. */
  readonly registries: ReadonlyMap<string, RegistryConfig>;
  /** From containerd's hosts.toml: after registries.yaml. */
  readonly containerd?: Credentials | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onNotice: OnNotice;
}

export interface CredentialFinder {
  /** The same object for all repositories that the same entry serves. */
  find(repository: string): Promise<Credentials | undefined>;
  /** The places that are looked into, for people. */
  readonly places: readonly string[];
}

/** One place, and how it answers for a repository. */
interface Place {
  readonly title: string;
  readonly find: (repository: string) => Promise<Credentials | undefined>;
}

/**
 * Looks for credentials where docker and podman keep them, in this order: given ones, `--authfile` or
 * `REGISTRY_AUTH_FILE` alone, `DOCKER_AUTH_CONFIG`, podman's files, docker's files, registries.yaml,
 * containerd's hosts.toml. The first place that has an entry for the host wins (registry.md 4.1). Throws `CONFIG_FILE_INVALID` for a file that cannot be read.
 */
export function createCredentialFinder(search: CredentialSearch): CredentialFinder {
  const places = search.given ? [] : listPlaces(search);
  const { given } = search;
  return {
    places: places.map(({ title }) => title),
    async find(repository) {
      if (given) return given;
      for (const place of places) {
        const found = await place.find(repository);
        if (found) return found;
      }
      return undefined;
    },
  };
}

function listPlaces(search: CredentialSearch): Place[] {
  const { env } = search;
  const only = search.authFile ?? env["REGISTRY_AUTH_FILE"];
  if (only) return [createFilePlace(only, search, { required: true })];
  return [
    ...(env["DOCKER_AUTH_CONFIG"] ? [createEnvironmentPlace(env["DOCKER_AUTH_CONFIG"], search)] : []),
    ...defaultFiles(env).map((path) => createFilePlace(path, search)),
    createFilePlace(join(home(env), ".dockercfg"), search, { isLegacy: true }),
    createRegistriesPlace(search),
    ...(search.containerd ? [{ title: "hosts.toml", find: async () => search.containerd }] : []),
  ];
}

function defaultFiles(env: CredentialSearch["env"]): string[] {
  const config = env["XDG_CONFIG_HOME"] || join(home(env), ".config");
  const runtime = env["XDG_RUNTIME_DIR"] || `/run/containers/${process.getuid?.() ?? 0}`;
  return [
    join(runtime, "containers/auth.json"),
    join(config, "containers/auth.json"),
    join(env["DOCKER_CONFIG"] || join(home(env), ".docker"), "config.json"),
  ];
}

function home(env: CredentialSearch["env"]): string {
  return env["HOME"] || env["USERPROFILE"] || homedir();
}

interface FileOptions {
  /** Named by the operator: not to be passed over. */
  readonly required?: boolean;
  /** Docker before 1.7: the entries are the root's. */
  readonly isLegacy?: boolean;
}

function createFilePlace(path: string, search: CredentialSearch, options: FileOptions = {}): Place {
  let loaded: Promise<CredentialFile | undefined> | undefined;
  const helped = new Map<string, Promise<Credentials | undefined>>();
  return {
    title: path,
    find: async (repository) => {
      loaded ??= loadFile(path, search, options);
      const file = await loaded;
      return file && lookInto(file, repository, search, helped);
    },
  };
}

async function loadFile(
  path: string,
  search: CredentialSearch,
  options: FileOptions,
): Promise<CredentialFile | undefined> {
  try {
    return parseFile(await readFile(path), path, search.onNotice, options.isLegacy);
  } catch (error) {
    const code = systemCode(error) ?? "";
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    const reason =
      code === "CONFIG_FILE_INVALID" ? "it is not a JSON file of credentials" : describeFileError(error);
    if (options.required) {
      throw new AirgapError("CONFIG_FILE_INVALID", `Cannot read credentials from "${path}": ${reason}`, {
        exit: "configuration",
      });
    }
    if (!isMissing) search.onNotice(note(`Credentials in "${path}" are ignored: ${reason}`));
    return undefined;
  }
}

/** A parser's own errors quote what they read, here secrets: they are not passed on. */
function parseFile(bytes: Uint8Array, path: string, onNotice: OnNotice, isLegacy = false): CredentialFile {
  const onFault = (key: string): void =>
    onNotice(note(`The entry "${printable(key)}" of "${path}" is ignored: it is not one of credentials`));
  try {
    const json = parseJson(toPlainUtf8(bytes), { what: path });
    return parseCredentialFile(json, path, onFault, isLegacy);
  } catch {
    throw new AirgapError("CONFIG_FILE_INVALID", `Cannot read credentials from "${path}"`);
  }
}

/** The host's helper, else the helper for all; what neither knows may stand in the file itself. */
async function lookInto(
  file: CredentialFile,
  repository: string,
  search: CredentialSearch,
  helped: Map<string, Promise<Credentials | undefined>>,
): Promise<Credentials | undefined> {
  const { host } = search;
  const helper = file.helpers.get(findHostKey(file.helpers.keys(), host, repository) ?? "") ?? file.store;
  if (helper !== undefined) {
    const answer = helped.get(helper) ?? askCredentialHelper(helper, serverNames(host), search);
    helped.set(helper, answer);
    const found = await answer;
    if (found) return found;
  }
  return file.auths.get(findHostKey(file.auths.keys(), host, repository) ?? "");
}

function createEnvironmentPlace(text: string, search: CredentialSearch): Place {
  const title = "DOCKER_AUTH_CONFIG";
  let file: CredentialFile | undefined;
  try {
    file = parseFile(Buffer.from(text), title, search.onNotice);
  } catch {
    search.onNotice(note(`${title} is ignored: it is not JSON with credentials`));
  }
  return {
    title,
    find: async (repository) =>
      file?.auths.get(findHostKey(file.auths.keys(), search.host, repository) ?? ""),
  };
}

function createRegistriesPlace({ registries, host }: CredentialSearch): Place {
  const config = findRegistryConfig(registries, host);
  return { title: "registries.yaml", find: async () => config?.credentials };
}
