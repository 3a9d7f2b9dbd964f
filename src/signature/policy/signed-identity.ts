import { AirgapError } from "../../oci/airgap-error.ts";
import { asObject, asOptionalString, asString, type JsonObject } from "../../oci/json.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { onlyKeys } from "./only-keys.ts";
import type { IdentityRule } from "./signature-policy.ts";

/** The name that somebody signed: one without a tag or digest means the repository, and no tag. */
interface SignedName {
  /** `docker.io/library/busybox`. */
  readonly repository: string;
  /** In full; none where it is a repository alone. */
  readonly full: string | undefined;
}

type Match = (signed: SignedName, name: Reference) => boolean;

/** The rules of containers-policy.json(5), by their `type`. */
const rules: Readonly<
  Record<string, { readonly keys: readonly string[]; readonly read: (rule: JsonObject) => Match }>
> = {
  matchExact: { keys: [], read: () => isExact },
  matchRepoDigestOrExact: { keys: [], read: () => isRepoDigestOrExact },
  matchRepository: { keys: [], read: () => (signed, name) => signed.repository === repositoryOf(name) },
  exactReference: {
    keys: ["dockerReference"],
    read: (rule) => {
      const { full } = readSignedName(asString(rule.get("dockerReference"), "dockerReference"));
      return (signed) => full !== undefined && signed.full === full;
    },
  },
  exactRepository: {
    keys: ["dockerRepository"],
    read: (rule) => {
      const { repository } = readSignedName(asString(rule.get("dockerRepository"), "dockerRepository"));
      return (signed) => signed.repository === repository;
    },
  },
  remapIdentity: {
    keys: ["prefix", "signedPrefix"],
    read: (rule) => {
      const prefix = asString(rule.get("prefix"), "prefix");
      const signedPrefix = asString(rule.get("signedPrefix"), "signedPrefix");
      return (signed, name) => isRepoDigestOrExact(signed, remap(name, prefix, signedPrefix));
    },
  },
};

/** Reads `signedIdentity`, by itself `matchRepoDigestOrExact`. Throws `JSON_INVALID`. */
export function readSignedIdentity(value: unknown): IdentityRule {
  const given = value === undefined || value === null ? new Map([["type", "matchRepoDigestOrExact"]]) : value;
  const rule = asObject(given, "signedIdentity");
  const type = asOptionalString(rule.get("type"), "its type") ?? "";
  const known = Object.hasOwn(rules, type) ? rules[type] : undefined;
  if (!known) {
    throw new AirgapError("JSON_INVALID", `Cannot read signedIdentity: its type "${type}" is unknown`);
  }
  onlyKeys(rule, ["type", ...known.keys], "signedIdentity");
  const matches = known.read(rule);
  return (signed, name) => explain(signed, name, matches, type);
}

function explain(
  text: string | undefined,
  name: Reference | undefined,
  matches: Match,
  type: string,
): string | undefined {
  if (text === undefined) {
    return `it does not say which name was signed, as bundles never do, and the policy asks for ${type}`;
  }
  if (!name) return "the image has no name that the one which was signed could be compared with";
  try {
    if (matches(readSignedName(text), name)) return undefined;
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
  }
  return `it was signed as ${text}, which is not ${formatReference(name)} by ${type}`;
}

function readSignedName(text: string): SignedName {
  const reference = parseReference(text);
  const isNameOnly = !/[:@]/.test(text.slice(text.lastIndexOf("/") + 1));
  return { repository: repositoryOf(reference), full: isNameOnly ? undefined : formatReference(reference) };
}

function repositoryOf({ host, repository }: Reference): string {
  return `${host}/${repository}`;
}

function isExact({ full }: SignedName, name: Reference): boolean {
  return full !== undefined && full === formatReference(name);
}

function isRepoDigestOrExact(signed: SignedName, name: Reference): boolean {
  return name.digest === undefined ? isExact(signed, name) : signed.repository === repositoryOf(name);
}

/** A prefix ends where a part of the name does. */
function remap(name: Reference, prefix: string, signedPrefix: string): Reference {
  const own = repositoryOf(name);
  if (own !== prefix && !own.startsWith(`${prefix}/`)) return name;
  const { host, repository } = parseReference(`${signedPrefix}${own.slice(prefix.length)}`);
  return { ...name, host, repository };
}
