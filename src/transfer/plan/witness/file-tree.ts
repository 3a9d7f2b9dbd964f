import type { LayerRow } from "../../../content/layer-contents.ts";

/** What layers mounted one over the other show, of what can decide which program runs: by path. */
export type FileTree = ReadonlyMap<string, LayerRow>;

/** As Linux has it (path_resolution(7)). */
const maxHops = 40;
const maxPathLength = 4096;

/** Characters that may still be looked up in following links; mutable. */
export interface Steps {
  left: number;
}

/** For one image: a hundred times what any needs, and little work for the smallest config that asks for it. */
export function usualSteps(): Steps {
  return { left: 256 * 1024 };
}

/** A path with all symbolic links in it followed, whether there is anything or not; undefined for a loop and for what no kernel looks up. */
export function resolvePath(path: string, tree: FileTree, steps: Steps): string | undefined {
  if (path.length >= maxPathLength) return undefined;
  const rest = path.split("/").reverse();
  let done = "";
  let hops = 0;
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done = done.slice(0, Math.max(0, done.lastIndexOf("/")));
      continue;
    }
    const here = done === "" ? part : `${done}/${part}`;
    steps.left -= here.length;
    if (steps.left < 0) return undefined;
    const row = tree.get(here);
    if (row?.kind !== "link") {
      done = here;
      continue;
    }
    if (++hops > maxHops) return undefined;
    rest.push(...row.target.split("/").reverse());
    if (row.target.startsWith("/")) done = "";
  }
  return done;
}
