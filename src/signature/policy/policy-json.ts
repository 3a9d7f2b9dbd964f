import { AirgapError } from "../../oci/airgap-error.ts";
import { asArray, asObject, asOptionalString, asString, type JsonObject, parseJson } from "../../oci/json.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import { onlyKeys } from "./only-keys.ts";
import { readSignedIdentity } from "./signed-identity.ts";
import type { Requirement, SignaturePolicy } from "./signature-policy.ts";
import type { Signer } from "../images/signer.ts";

/** Reads a key: the path of a PEM file, or the file itself. */
export type ReadKey = (given: { readonly path: string } | { readonly pem: string }) => Promise<Signer>;

type Requirements = readonly Requirement[];

/**
 * The policy of podman and skopeo (containers-policy.json(5)): what is required of an image is what stands under the longest
 * part of its name in `transports.docker`, else what stands there for all, else the default. Throws `JSON_INVALID`.
 */
export async function readPolicy(bytes: Uint8Array, readKey: ReadKey): Promise<SignaturePolicy> {
  const policy = asObject(parseJson(bytes, { what: "the policy" }), "the policy");
  onlyKeys(policy, ["default", "transports"], "the policy");
  const fallback = await readRequirements(policy.get("default"), "default", readKey);
  const transports = asObject(policy.get("transports") ?? new Map(), "transports");
  const scopes = new Map<string, Requirements>();
  for (const [scope, value] of asObject(transports.get("docker") ?? new Map(), "docker")) {
    scopes.set(scope, await readRequirements(value, `docker "${scope}"`, readKey));
  }
  return {
    requirementsOf: (name) =>
      (name ? listScopes(name) : []).map((scope) => scopes.get(scope)).find((found) => found !== undefined) ??
      scopes.get("") ??
      fallback,
  };
}

/** From the whole name to its host, then the domains above that: `host/a/b:tag`, `host/a/b`, `host/a`, `host`, `*.domain`. */
function listScopes(name: Reference): string[] {
  const { host, repository, tag, digest } = name;
  const own = formatReference(digest === undefined ? name : { host, repository, digest });
  const both = digest !== undefined && tag !== undefined ? [formatReference({ host, repository, tag })] : [];
  const parts = repository.split("/");
  const paths = parts.map((_, at) => [host, ...parts.slice(0, parts.length - at)].join("/"));
  const domains = host.replace(/:\d+$/, "").split(".");
  const wildcards = domains.slice(1).map((_, at) => `*.${domains.slice(at + 1).join(".")}`);
  return [own, ...both, ...paths, host, ...wildcards];
}

async function readRequirements(value: unknown, where: string, readKey: ReadKey): Promise<Requirements> {
  const items = asArray(value, where);
  if (items.length === 0) {
    throw new AirgapError("JSON_INVALID", `Cannot read the policy: ${where} has no requirements`);
  }
  return Promise.all(items.map((item) => readRequirement(asObject(item, where), where, readKey)));
}

async function readRequirement(item: JsonObject, where: string, readKey: ReadKey): Promise<Requirement> {
  const type = asString(item.get("type"), `the type of ${where}`);
  if (type === "insecureAcceptAnything" || type === "reject") {
    onlyKeys(item, ["type"], where);
    return type === "reject" ? { kind: "reject", why: "the policy rejects it" } : { kind: "accept" };
  }
  if (type === "sigstoreSigned") return readSigned(item, where, readKey);
  // A file that serves podman as well may ask for more elsewhere: only what stands under this is refused.
  if (type === "signedBy") return unsupported("signedBy, signatures of GPG");
  throw new AirgapError("JSON_INVALID", `Cannot read the policy: the type "${type}" of ${where} is unknown`);
}

function unsupported(what: string): Requirement {
  return { kind: "reject", why: `the policy asks for ${what}, which are not checked here` };
}

const keyOptions = ["keyPath", "keyPaths", "keyData", "keyDatas"];
/** Certificates and logs: what `--trusted-root` is for. */
const otherOptions = [
  "fulcio",
  "pki",
  "rekorPublicKeyPath",
  "rekorPublicKeyPaths",
  "rekorPublicKeyData",
  "rekorPublicKeyDatas",
];

async function readSigned(item: JsonObject, where: string, readKey: ReadKey): Promise<Requirement> {
  onlyKeys(item, ["type", "signedIdentity", ...keyOptions, ...otherOptions], where);
  const identity = readSignedIdentity(item.get("signedIdentity"));
  const other = otherOptions.find((key) => item.has(key));
  if (other !== undefined) return unsupported(`sigstoreSigned with ${other}, whose proofs`);
  if (keyOptions.filter((key) => item.has(key)).length !== 1) {
    throw new AirgapError(
      "JSON_INVALID",
      `Cannot read the policy: ${where} has to have exactly one of ${keyOptions.join(", ")}`,
    );
  }
  const paths = listTexts(item, "keyPath").map((path) => ({ path }));
  const texts = listTexts(item, "keyData").map((data) => ({ pem: Buffer.from(data, "base64").toString() }));
  return { kind: "signed", signers: await Promise.all([...paths, ...texts].map(readKey)), identity };
}

function listTexts(item: JsonObject, key: string): string[] {
  const one = asOptionalString(item.get(key), key);
  const several = asArray(item.get(`${key}s`), `${key}s`).map((each) => asString(each, key));
  return one === undefined ? several : [one, ...several];
}
