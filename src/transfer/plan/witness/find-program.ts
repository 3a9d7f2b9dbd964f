import type { LayerRow } from "../../../content/layer-contents.ts";
import type { ImageConfig } from "../../../oci/image-config.ts";
import type { FileTree } from "./overlay.ts";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** As Linux has it (path_resolution(7), execve(2)). */
const maxHops = 40;
const maxInterpreters = 5;

export type Binary = Extract<LayerRow, { kind: "binary" }>;

/**
 * The binary that a runtime would end up with when it runs an image's command: found as runc finds it, links followed,
 * scripts led back to their interpreter. Undefined where that leads nowhere, or to something unknown.
 */
export function findProgram(config: ImageConfig, tree: FileTree): Binary | undefined {
  const [command] = config.command;
  if (!command) return undefined;
  if (command.includes("/")) {
    return findBinary(command.startsWith("/") ? command : `${config.workingDir}/${command}`, tree);
  }
  for (const folder of (config.path ?? defaultPath).split(":")) {
    if (!folder.startsWith("/")) continue;
    const path = `${folder}/${command}`;
    const row = lookUp(path, tree);
    if (row && (row.kind !== "binary" || row.isExecutable)) return findBinary(path, tree);
  }
  return undefined;
}

function findBinary(path: string, tree: FileTree): Binary | undefined {
  let row = lookUp(path, tree);
  for (let hops = 0; row?.kind === "script" && hops < maxInterpreters; hops++) {
    row = lookUp(row.interpreter, tree);
  }
  return row?.kind === "binary" ? row : undefined;
}

/** What is at a path with all symbolic links in it followed. */
function lookUp(path: string, tree: FileTree): LayerRow | undefined {
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
  return tree.get(done.join("/"));
}
