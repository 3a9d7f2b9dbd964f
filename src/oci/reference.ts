import { isIPv4 } from "node:net";
import { AirgapError } from "./airgap-error.ts";
import { type Digest, isDigest } from "./digest.ts";
import { isHubHost } from "./host-name.ts";
import { printable } from "./printable.ts";

/** An image's full name. `host` is `docker.io` where the name has none (distribution/reference, normalize.go). */
export interface Reference {
  readonly host: string;
  /** With `library/` in front of Docker Hub's bare names. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryGrammar = new RegExp(`^${component}(?:/${component})*$`);
const tagGrammar = /^\w[\w.-]{0,127}$/;
const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const hostGrammar = new RegExp(`^(?:\\[[0-9a-f:.]+\\]|${label}(?:\\.${label})*)(?::\\d{1,5})?$`, "i");

/** Docker takes these for an image ID, wherever it expects a name (distribution/reference, normalize.go). */
const imageIDGrammar = /^[0-9a-f]{64}$/;

/** Longest repository path that every registry takes (distribution/reference). */
const maxRepositoryLength = 255;

/**
 * Reads `[host/]repository[:tag][@digest]` as docker does; a name with neither tag nor digest means `latest`.
 * Throws `REFERENCE_INVALID`.
 */
export function parseReference(text: string): Reference {
  if (imageIDGrammar.test(text)) throw invalidReference(text, "64 hex digits are an image ID, not a name");
  const [beforeDigest = "", digest, ...rest] = text.split("@");
  if (rest.length || (digest !== undefined && !isDigest(digest))) {
    throw invalidReference(text, "its digest is malformed");
  }
  const { host, path } = splitHost(beforeDigest);
  const colon = path.indexOf(":");
  const name = colon === -1 ? path : path.slice(0, colon);
  const tag = colon === -1 ? undefined : path.slice(colon + 1);
  const repository = host === "docker.io" && !name.includes("/") ? `library/${name}` : name;
  if (!isRepository(repository)) throw invalidReference(text, wantedRepository);
  if (tag !== undefined && !isTag(tag)) throw invalidReference(text, "its tag is malformed");
  if (digest === undefined) return { host, repository, tag: tag ?? "latest" };
  return { host, repository, ...(tag === undefined ? {} : { tag }), digest };
}

/** Takes the host off a name or the beginning of one: the first component, where it can be nothing else (normalize.go). */
export function splitHost(text: string): { host: string; path: string } {
  const slash = text.indexOf("/");
  const first = text.slice(0, slash);
  const namesHost =
    slash !== -1 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  if (!namesHost) return { host: "docker.io", path: text };
  if (!isHost(first)) throw invalidReference(text, `"${printable(first)}" is not a registry host`);
  return { host: isHubHost(first.toLowerCase()) ? "docker.io" : first, path: text.slice(slash + 1) };
}

const wantedRepository =
  "a repository is lower-case letters, digits and single separators . _ - between slashes";

/** Whether text is a repository path, by grammar and length. */
export function isRepository(text: string): boolean {
  return text.length <= maxRepositoryLength && repositoryGrammar.test(text);
}

/** Whether text is a tag: at most 128 letters, digits, `_`, `.` and `-`. */
export function isTag(text: string): boolean {
  return tagGrammar.test(text);
}

/** Longest name that a host can have (RFC 1035). */
const maxHost = 253;

/**
 * Whether text is `host` or `host:port`, IPv6 in brackets. A name whose end is a number is an IPv4 address of four numbers, or no
 * host: addresses in short or in other bases are other hosts than they look like (URL standard, host parsing).
 */
export function isHost(text: string): boolean {
  if (!hostGrammar.test(text) || !URL.canParse(`http://${text}`)) return false;
  const name = text.replace(/:\d+$/, "");
  const isAddress = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(name);
  return name.length <= maxHost && (!isAddress || isIPv4(name));
}

/** The name in full: `docker.io/library/busybox:1.36`. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.host}/${reference.repository}${tag}${digest}`;
}

/** A name with a tag and a digest is two, as containerd has it: one by the tag, one by the digest. */
export function splitPin({ host, repository, tag, digest }: Reference): Reference[] {
  return [
    ...(tag === undefined ? [] : [{ host, repository, tag }]),
    ...(digest === undefined ? [] : [{ host, repository, digest }]),
  ];
}

/** The name as docker shows it: Docker Hub's host and `library/` omitted, where the rest is not taken for a host. */
export function familiarReference(reference: Reference): string {
  const full = formatReference(reference);
  if (reference.host !== "docker.io") return full;
  const short = full.slice("docker.io/".length).replace(/^library\/(?=[^/]*$)/, "");
  return splitHost(short).path === short ? short : full;
}

function invalidReference(text: string, detail: string): AirgapError {
  return new AirgapError("REFERENCE_INVALID", `Cannot read image name "${printable(text)}": ${detail}`, {
    exit: "usage",
  });
}

/** Equal for `alpine`, `docker.io/library/alpine:latest` and all that docker takes for the same. */
export function nameKey(name: string): string {
  try {
    return formatReference(parseReference(name));
  } catch {
    return name;
  }
}
