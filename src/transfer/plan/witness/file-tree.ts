import type { LayerRow } from "../../../content/layer-contents.ts";

/** What layers mounted one over the other show, of what can decide which program runs: by path. */
export type FileTree = ReadonlyMap<string, LayerRow>;

/** As Linux has it (path_resolution(7)). */
const maxHops = 40;

/** A path with all symbolic links in it followed, whether there is anything or not; undefined for a loop. */
export function resolvePath(path: string, tree: FileTree): string | undefined {
  let rest = path.split("/");
  let done: string[] = [];
  let hops = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      continue;
    }
    const row = tree.get([...done, part].join("/"));
    if (row?.kind !== "link") {
      done.push(part);
      continue;
    }
    if (++hops > maxHops) return undefined;
    rest = [...row.target.split("/"), ...rest];
    if (row.target.startsWith("/")) done = [];
  }
  return done.join("/");
}
