import type { LayerContents } from "../../content/image-source.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import { printable } from "../../oci/printable.ts";

/** What the binaries in an image's layers say, and which of them were asked. */
export interface BinaryVote {
  readonly architecture: string;
  /** For people: `bin/pause`, or `12 of 13 binaries`. */
  readonly evidence: string;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const maxHops = 40;

/**
 * The architecture of the binaries in an image's layers: the entrypoint's where it can be followed, else the
 * majority's; no binaries or a tie are no vote (decision 3).
 */
export function askBinaries(config: ImageConfig, layers: readonly LayerContents[]): BinaryVote | undefined {
  return askEntrypoint(config, layers) ?? askMajority(layers);
}

function askEntrypoint(config: ImageConfig, layers: readonly LayerContents[]): BinaryVote | undefined {
  const tree = overlay(layers);
  for (const candidate of commandPaths(config)) {
    const path = followLinks(candidate, tree.links);
    const architecture = path === undefined ? undefined : tree.binaries.get(path);
    if (path !== undefined && architecture !== undefined) return { architecture, evidence: printable(path) };
  }
  return undefined;
}

interface Tree {
  readonly binaries: Map<string, string>;
  readonly links: Map<string, string>;
}

/** Upper layers over lower ones; what a whiteout removed can only be met by a command that no longer works. */
function overlay(layers: readonly LayerContents[]): Tree {
  const tree: Tree = { binaries: new Map(), links: new Map() };
  for (const layer of layers) {
    for (const [path, architecture] of layer.binaries) {
      tree.binaries.set(path, architecture);
      tree.links.delete(path);
    }
    for (const [path, target] of layer.links) {
      tree.links.set(path, target);
      tree.binaries.delete(path);
    }
  }
  return tree;
}

/** Where the image's command may lie, in the order in which a runtime looks. */
function commandPaths(config: ImageConfig): string[] {
  const [command] = config.command;
  if (!command) return [];
  if (command.startsWith("/")) return [command];
  if (command.includes("/")) return [`${config.workingDir}/${command}`];
  return (config.path ?? defaultPath).split(":").map((folder) => `${folder}/${command}`);
}

/** The path with all symbolic links in it followed, relative to the root, or undefined for a loop. */
function followLinks(path: string, links: ReadonlyMap<string, string>): string | undefined {
  let rest = path.split("/");
  let done: string[] = [];
  let hops = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      continue;
    }
    const here = [...done, part].join("/");
    const target = links.get(here);
    if (target === undefined) {
      done.push(part);
      continue;
    }
    if (++hops > maxHops) return undefined;
    rest = [...target.split("/"), ...rest];
    if (target.startsWith("/")) done = [];
  }
  return done.join("/");
}

function askMajority(layers: readonly LayerContents[]): BinaryVote | undefined {
  const counts = new Map<string, number>();
  for (const layer of layers) {
    for (const [architecture, count] of layer.counts)
      counts.set(architecture, (counts.get(architecture) ?? 0) + count);
  }
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a);
  if (!first || first[1] === second?.[1]) return undefined;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return {
    architecture: first[0],
    evidence: `${first[1]} of ${total} ${total === 1 ? "binary" : "binaries"}`,
  };
}
