import { parse } from "smol-toml";
import { AirgapError } from "../../oci/airgap-error.ts";
import { decodeAuth } from "./credential-file.ts";
import type { Credentials } from "./credentials.ts";

/** What containerd's hosts.toml says of a registry; paths as written (containerd, docs/hosts.md). */
export interface HostsToml {
  readonly authorities: readonly string[];
  /** Pairs of certificate and key; the key is missing where both are in one file. */
  readonly clients: readonly (readonly [cert: string, key: string | undefined])[];
  readonly skipVerify: boolean;
  /** Whether the registry is to be spoken to over http. */
  readonly plainHttp: boolean;
  /** From the header `Authorization`. */
  readonly credentials: Credentials | undefined;
}

type Table = Readonly<Record<string, unknown>>;

/** Reads the settings of the server itself and of each `[host]` that is this server. Throws `CONFIG_FILE_INVALID`. */
export function parseHostsToml(text: string, path: string, host: string): HostsToml {
  const root = parseToml(text, path);
  const hosts = Object.entries(asTable(root["host"])).filter(([url]) => hostOf(url) === host);
  const tables = [root, ...hosts.map(([, table]) => asTable(table))];
  const addresses = [
    ...asStrings(root["server"]).filter((url) => hostOf(url) === host),
    ...hosts.map(([url]) => url),
  ];
  return {
    authorities: tables.flatMap((table) => asStrings(table["ca"])),
    clients: tables.flatMap((table) => asPairs(table["client"])),
    skipVerify: tables.some((table) => table["skip_verify"] === true),
    plainHttp: addresses.length > 0 && addresses.every((url) => url.startsWith("http://")),
    credentials: tables.map((table) => readAuthorization(asTable(table["header"]))).find(Boolean),
  };
}

/** The header as it would be sent, in one of the two forms that registries know. */
function readAuthorization(header: Table): Credentials | undefined {
  const values = Object.entries(header).filter(([name]) => name.toLowerCase() === "authorization");
  const [value = ""] = values.flatMap(([, text]) => asStrings(text));
  const [, scheme = "", secret = ""] = /^(basic|bearer) +(\S+)$/i.exec(value.trim()) ?? [];
  if (scheme.toLowerCase() === "bearer") return { registryToken: secret };
  const [username, password] = decodeAuth(secret);
  return username === undefined ? undefined : { username, password };
}

function parseToml(text: string, path: string): Table {
  try {
    return parse(text);
  } catch {
    // The parser's message quotes the file, whose headers may hold a secret.
    throw new AirgapError("CONFIG_FILE_INVALID", `Cannot read "${path}": it is not TOML`, {
      exit: "configuration",
    });
  }
}

function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
}

function asTable(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function asStrings(value: unknown): string[] {
  return [value].flat().filter((item) => typeof item === "string");
}

/** `client = "pair.pem"`, `["a.pem"]` or `[["a.cert", "a.key"]]`. */
function asPairs(value: unknown): (readonly [string, string | undefined])[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    const [cert, key] = asStrings(item);
    return cert === undefined ? [] : [[cert, key || undefined] as const];
  });
}
