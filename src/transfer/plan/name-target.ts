import type { TargetName } from "../report/target-name.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isRepository, isTag, parseReference, type Reference, splitHost } from "../../oci/reference.ts";

/** `--rename FROM=TO`, read (decision 12). */
export interface RenameRule {
  readonly text: string;
  readonly host: string;
  /** Path within the source host; where `isPrefix`, what it starts with. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly isPrefix: boolean;
  readonly to: string;
}

export interface NamingOptions {
  readonly renames: readonly RenameRule[];
  /** Path put in front of every repository, without slashes at its ends; may be empty. */
  readonly prefix: string;
  /** Whether the source host stays as the first component of the path. */
  readonly keepHost: boolean;
}

/** Reads `FROM=TO`: FROM is a full source name, or a path prefix with a trailing `*`, which TO then repeats. */
export function parseRenameRule(text: string): RenameRule {
  const equals = text.indexOf("=");
  const from = text.slice(0, equals);
  const to = text.slice(equals + 1);
  const isPrefix = from.endsWith("*");
  if (equals < 1 || to === "" || isPrefix !== to.endsWith("*")) throw invalidRename(text);
  if (isPrefix) {
    const { host, path } = splitHost(from.slice(0, -1));
    return { text, host, repository: path, tag: undefined, isPrefix, to: to.slice(0, -1) };
  }
  const source = parseReference(from);
  const tag = /:[^/]*$/.test(from) ? source.tag : undefined;
  return { text, host: source.host, repository: source.repository, tag, isPrefix, to };
}

function invalidRename(text: string): AirgapError {
  return new AirgapError(
    "RENAME_INVALID",
    `Cannot read --rename "${text}": want FROM=TO, or FROM*=TO* for a path prefix`,
    {
      exit: "usage",
      hint: "For example --rename quay.io/coreos/etcd=etcd/etcd or --rename 'quay.io/*=quay/*'.",
    },
  );
}

/**
 * The target of a source name: host dropped, the rule that fits applied, then the prefix. A rule for one name goes before
 * those for path prefixes, else the first one. What has a digest and no tag goes under its digest. Throws `NAME_INVALID`.
 */
export function nameTarget(source: Reference, options: NamingOptions): TargetName {
  const renamed = rename(source, options.renames);
  const kept = renamed ?? {
    path: options.keepHost ? `${hostComponent(source.host)}/${source.repository}` : source.repository,
    tag: undefined,
  };
  const repository = options.prefix === "" ? kept.path : `${options.prefix}/${kept.path}`;
  const pin = source.tag === undefined ? source.digest : undefined;
  const tag = pin ?? kept.tag ?? source.tag ?? "latest";
  if (!isRepository(repository) || !(pin || isTag(tag))) {
    throw new AirgapError(
      "NAME_INVALID",
      `Cannot name an image "${repository}:${tag}": this is not a valid repository and tag`,
      {
        exit: "usage",
        hint: "Change --rename or --prefix: lower-case letters, digits and single separators between slashes, 255 characters at most.",
      },
    );
  }
  return { repository, tag };
}

function rename(
  source: Reference,
  rules: readonly RenameRule[],
): { path: string; tag: string | undefined } | undefined {
  const rule = findRename(source, rules);
  if (!rule) return undefined;
  if (rule.isPrefix) {
    return { path: rule.to + source.repository.slice(rule.repository.length), tag: undefined };
  }
  const colon = rule.to.lastIndexOf(":");
  if (colon === -1) return { path: rule.to, tag: undefined };
  return { path: rule.to.slice(0, colon), tag: rule.to.slice(colon + 1) };
}

/** The rule that names this source, if any. */
export function findRename(source: Reference, rules: readonly RenameRule[]): RenameRule | undefined {
  const fitting = rules.filter((candidate) => matches(candidate, source));
  return fitting.find(({ isPrefix }) => !isPrefix) ?? fitting[0];
}

function matches(rule: RenameRule, source: Reference): boolean {
  if (rule.host !== source.host) return false;
  if (rule.isPrefix) return source.repository.startsWith(rule.repository);
  return rule.repository === source.repository && (rule.tag === undefined || rule.tag === source.tag);
}

/** A host as a path component: a port's colon and IPv6's brackets are not allowed there. */
export function hostComponent(host: string): string {
  return host
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, "-")
    .replace(/^-+|-+$/g, "");
}
