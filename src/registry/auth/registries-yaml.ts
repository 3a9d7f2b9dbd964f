import { AirgapError } from "../../oci/airgap-error.ts";
import { asObject, asOptionalString, type JsonObject } from "../../oci/json.ts";
import { decodeAuth } from "./credential-file.ts";
import { findHostKey } from "./match-host.ts";
import type { Credentials } from "./credentials.ts";

/** What k3s and rke2 are told about one registry (rancher/wharfie, registries.Registry). */
export interface RegistryConfig {
  readonly credentials: Credentials | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly skipVerify: boolean;
}

/** Reads `configs` of a registries.yaml, by host as written. Throws `CONFIG_FILE_INVALID`. */
export async function parseRegistriesYaml(
  text: string,
  path: string,
): Promise<ReadonlyMap<string, RegistryConfig>> {
  const document = asOptionalObject(await parseYaml(text, path), path);
  const configs = asOptionalObject(document.get("configs"), `${path}: configs`);
  return new Map([...configs].map(([host, config]) => [host, parseConfig(config, `${path}: ${host}`)]));
}

/** A host's own settings, else those of `*` (k3s). */
export function findRegistryConfig(
  registries: ReadonlyMap<string, RegistryConfig>,
  host: string,
): RegistryConfig | undefined {
  return registries.get(findHostKey(registries.keys(), host, "") ?? "*");
}

/** Every scalar as text, since a password may look like a number. The parser's own errors quote the file: they are not passed on. */
async function parseYaml(text: string, path: string): Promise<unknown> {
  const { parse, YAMLParseError } = await import("yaml");
  try {
    return parse(text, { schema: "failsafe", mapAsMap: true, maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    const where = line === undefined ? "" : ` (line ${line})`;
    throw new AirgapError("CONFIG_FILE_INVALID", `Cannot read "${path}": it is not YAML${where}`, {
      exit: "configuration",
    });
  }
}

function parseConfig(value: unknown, what: string): RegistryConfig {
  const config = asOptionalObject(value, what);
  const tls = asOptionalObject(config.get("tls"), what);
  return {
    credentials: parseAuth(config.get("auth"), what),
    caFile: asOptionalString(tls.get("ca_file"), what),
    certFile: asOptionalString(tls.get("cert_file"), what),
    keyFile: asOptionalString(tls.get("key_file"), what),
    skipVerify: isTrue(tls.get("insecure_skip_verify")),
  };
}

/** In the words of YAML 1.1, which k3s reads. */
function isTrue(value: unknown): boolean {
  return typeof value === "string" && /^(?:true|yes|on|y)$/i.test(value);
}

function parseAuth(value: unknown, what: string): Credentials | undefined {
  const auth = asOptionalObject(value, what);
  if (auth.size === 0) return undefined;
  const encoded = asOptionalString(auth.get("auth"), what);
  const [username, password] = encoded === undefined ? [] : decodeAuth(encoded);
  return {
    username: asOptionalString(auth.get("username"), what) ?? username,
    password: asOptionalString(auth.get("password"), what) ?? password,
    identityToken: asOptionalString(auth.get("identity_token"), what),
  };
}

function asOptionalObject(value: unknown, what: string): JsonObject {
  return value === undefined || value === null || value === "" ? new Map() : asObject(value, what);
}
