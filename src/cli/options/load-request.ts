import { AirgapError } from "../../oci/airgap-error.ts";
import type { ArchiveOptions } from "../../archive-options.ts";
import { isFirstPart, readSplitPart } from "../../oci/split-part.ts";
import { cacheFolder } from "../files/scan-cache.ts";
import type { ListedImage } from "../../lists/listed-image.ts";
import { isHost, parseReference } from "../../oci/reference.ts";
import { isImageID } from "../../oci/image-id.ts";
import { readChecksumFlags } from "./checksum-options.ts";
import { expectChecksum } from "./checksums.ts";
import { type ArchiveFlags, architectureOptions, type LoadFlags, type NamingFlags } from "./load-flags.ts";
import { readImageList } from "../files/read-image-list.ts";
import type { Terminal } from "../terminal.ts";
import { expandPattern } from "../files/expand-pattern.ts";
import { usageError } from "../usage-error.ts";

/** Where an archive's bytes come from, with what the operator said of it. */
export interface GivenArchive {
  /** A path, or `-` for standard input. */
  readonly path: string;
  readonly platform?: string;
}

/** All archives of a command line; throws a usage error where there is none, or standard input twice. */
export function listArchives(
  files: readonly string[],
  flags: ArchiveFlags & Pick<LoadFlags, "passwordStdin">,
): GivenArchive[] {
  const flagged = architectureOptions.flatMap((architecture) =>
    (flags[architecture] ?? []).map((path) => ({ path, platform: `linux/${architecture}` })),
  );
  const given = [...flagged, ...flags.archive.map(parseArchiveOption), ...files.map((path) => ({ path }))];
  const expanded = given.flatMap(({ path, ...said }) =>
    expandPattern(path).map((file) => ({ path: file, ...said })),
  );
  const archives = dropLaterParts(expanded);
  if (archives.length === 0) {
    throw usageError("Cannot load: no archive is given", [
      "For example: airgap-load --registry HOST:5000 --arm64 k3s-airgap-images-arm64.tar.gz",
      "All there is to choose: airgap-load --help",
    ]);
  }
  const piped = archives.filter(({ path }) => path === "-").length;
  if (piped > 1) throw usageError("Cannot read standard input twice: - is given for more than one archive");
  if (piped && flags.imageList === "-") {
    throw usageError("Cannot read both an archive and an image list from standard input");
  }
  if (piped && flags.passwordStdin) {
    throw usageError(
      "Cannot read both an archive and a password from standard input",
      "Sign in with docker login first, or give the archive as a file.",
    );
  }
  return archives;
}

/** `FILE.*`, unquoted, gives all parts of a file that was split: the first one opens the others. */
function dropLaterParts(archives: readonly GivenArchive[]): GivenArchive[] {
  const parts = archives.map(({ path }) => readSplitPart(path));
  const firsts = new Set(parts.flatMap((part) => (part && isFirstPart(part) ? [part.stem] : [])));
  return archives.filter((_, i) => {
    const part = parts[i];
    if (!part || !firsts.has(part.stem)) return true;
    const same = parts.filter((other) => other?.stem === part.stem && other.isLetters === part.isLetters);
    return same.every((other) => other === undefined || part.index <= other.index);
  });
}

function parseArchiveOption(text: string): GivenArchive {
  const { key, value } = splitPair(text, "--archive", "PLATFORM=FILE");
  return { path: value, platform: key };
}

function splitPair(text: string, option: string, form: string): { key: string; value: string } {
  const equals = text.indexOf("=");
  if (equals < 1 || equals === text.length - 1) {
    throw usageError(`Cannot read ${option} "${text}": want ${form}`);
  }
  return { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** Where images go to, and the path that every name goes under. */
export interface Destination {
  /** The registry's, with its scheme where one was given; the word `registry` where there is none. */
  readonly host: string;
  readonly prefix: string;
}

/** Reads `--registry [http[s]://]host[:port][/path]` and `--prefix`; `--to` and `--offline` do without a registry. */
export function readDestination(
  flags: Pick<LoadFlags, "registry" | "to" | "offline" | "prefix">,
): Destination {
  const { registry, to, offline, prefix = "" } = flags;
  if (to !== undefined && registry !== undefined) {
    throw usageError("Cannot load to two places: --to and --registry are both given");
  }
  if (to !== undefined || (offline && registry === undefined)) {
    return { host: "registry", prefix: joinPath(prefix) };
  }
  const [, scheme = "", host = "", path = ""] = /^(https?:\/\/)?([^/]*)(.*)$/.exec(registry ?? "") ?? [];
  if (host === "") {
    throw usageError(
      "Cannot load: no registry is given",
      "Give --registry HOST[:PORT], or --dry-run --offline to plan without one.",
    );
  }
  if (!isHost(host)) {
    throw new AirgapError("HOST_INVALID", `Cannot read registry "${registry}": "${host}" is not a host`, {
      exit: "usage",
      hint: /@/.test(host)
        ? "Name and password have options of their own: --username, and --password-stdin or a variable."
        : "Give HOST or HOST:PORT: a name or an address, and a port up to 65535.",
    });
  }
  if (/^\/v[12](?:\/|$)/.test(path)) {
    throw usageError(
      `Cannot read registry "${registry}": ${path.slice(0, 3)} is the path of its interface, not of images`,
      "Leave it out; for images under that very path give --prefix.",
    );
  }
  return { host: scheme + host, prefix: joinPath(path, prefix) };
}

function joinPath(...paths: readonly string[]): string {
  return paths
    .flatMap((path) => path.split("/"))
    .filter(Boolean)
    .join("/");
}

/** Archives, and what is to become of their images; the image list and checksum files are read now. */
export async function readArchiveOptions(
  archives: readonly GivenArchive[],
  flags: ArchiveFlags & NamingFlags,
  prefix: string,
  terminal: Terminal,
): Promise<ArchiveOptions> {
  const {
    tempDir,
    maxInflated,
    imageList,
    keepHost = false,
    foldArch = false,
    allowMissing = false,
    allowForeign = false,
  } = flags;
  const cacheDir = cacheFolder(flags, terminal.env);
  const sums = await readChecksumFlags(flags);
  return {
    archives: archives.map(({ path, platform }) => ({
      ...(path === "-" ? { from: terminal.stdin, title: "standard input" } : { from: path }),
      ...(platform === undefined ? {} : { platform }),
      ...(sums ? { sha256: expectChecksum(sums, path) } : {}),
    })),
    platformPolicy: flags.platformPolicy,
    fixConfig: flags.fixConfig,
    imagePlatforms: Object.fromEntries(flags.imagePlatform.map(splitImagePlatform)),
    names: Object.fromEntries(flags.name.filter(isPair).map(splitName)),
    ...readArchiveName(flags.name),
    ...(flags.repository === undefined ? {} : { repository: flags.repository }),
    rename: flags.rename,
    prefix,
    keepHost,
    foldArch,
    ...(imageList === undefined ? {} : tellListed(await readImageList(imageList, terminal))),
    allowMissing,
    allowForeign,
    ...(tempDir === undefined ? {} : { tempDir }),
    ...(maxInflated === undefined ? {} : { maxInflated }),
    ...(cacheDir === undefined ? {} : { cacheDir }),
  };
}

function tellListed(images: readonly ListedImage[]): Pick<ArchiveOptions, "imageList" | "listedAt"> {
  return {
    imageList: images.map(({ name }) => name),
    listedAt: new Map(images.map(({ name, where }) => [name, where])),
  };
}

function splitImagePlatform(text: string): [string, string] {
  const { key, value } = splitPair(text, "--image-platform", "NAME=PLATFORM");
  return [key, value];
}

function isPair(text: string): boolean {
  return text.includes("=");
}

/** `--name NAME`, without an ID: there can be one. */
function readArchiveName(texts: readonly string[]): { name?: string } {
  const [name, second] = texts.filter((text) => !isPair(text));
  if (second !== undefined) {
    throw usageError(
      `Cannot name an image both "${name}" and "${second}"`,
      "Give the IDs: --name ID=NAME; inspect shows them.",
    );
  }
  if (name === undefined) return {};
  parseReference(name);
  return { name };
}

function splitName(text: string): [string, string] {
  const { key, value } = splitPair(text, "--name", "ID=NAME");
  if (!isImageID(key)) {
    throw usageError(
      `Cannot read --name "${text}": want at least 12 hex digits of the image ID before the =`,
    );
  }
  return [key, value];
}
