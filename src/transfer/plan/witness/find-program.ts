import type { LayerRow } from "../../../content/layer-contents.ts";
import type { ImageConfig } from "../../../oci/image-config.ts";
import { type FileTree, resolvePath, type Steps, usualSteps } from "./file-tree.ts";

/** What docker, podman and Kubernetes set where the config has none (moby, pkg/oci/defaults.go; containerd, pkg/oci/spec.go). */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** As Linux has it (execve(2)). */
const maxInterpreters = 5;
/** As file systems have it. */
const maxNameLength = 255;

export type Binary = Extract<LayerRow, { kind: "binary" }>;

/**
 * The binary that a runtime would end up with when it runs an image's command: found as runc (Go's os/exec, lp_unix.go) and
 * crun (utils.c, find_executable) find it, links followed, scripts led back to their interpreter. Undefined where that leads
 * nowhere, or to something unknown; "disputed" where one of them refuses what the other runs, and where it is too far to go.
 */
export function findProgram(config: ImageConfig, tree: FileTree): Binary | "disputed" | undefined {
  const steps = usualSteps();
  const found = search(config, (path) => lookUp(path, config, tree, steps));
  return steps.left < 0 ? "disputed" : found;
}

type LookUp = (path: string) => LayerRow | undefined;

function search(config: ImageConfig, find: LookUp): Binary | "disputed" | undefined {
  const [command] = config.command;
  if (command === undefined) return undefined;
  if (command === "") return "disputed";
  if (command.includes("/")) return findBinary(command, config, find);
  if (config.path === null) return "disputed";
  if (command.length > maxNameLength) return undefined;
  for (const folder of new Set((config.path ?? defaultPath).split(":"))) {
    const path = `${folder === "" ? "." : folder}/${command}`;
    const row = find(path);
    if (!row || (row.kind === "binary" && !row.isExecutable)) continue;
    return folder.startsWith("/") ? findBinary(path, config, find) : "disputed";
  }
  return undefined;
}

function findBinary(path: string, config: ImageConfig, find: LookUp): Binary | "disputed" | undefined {
  let at = path;
  for (let hops = 0; hops <= maxInterpreters; hops++) {
    if (isFromNowhere(at, config)) return "disputed";
    const row = find(at);
    if (row?.kind !== "script") return row?.kind === "binary" ? row : undefined;
    at = row.interpreter;
  }
  return undefined;
}

/** A working directory that is relative itself is refused by runc and docker, and seen from the root by crun. */
function isFromNowhere(path: string, { workingDir }: ImageConfig): boolean {
  return !path.startsWith("/") && workingDir !== "" && !workingDir.startsWith("/");
}

/** What is at a path, as seen from the working directory. */
function lookUp(
  path: string,
  { workingDir }: ImageConfig,
  tree: FileTree,
  steps: Steps,
): LayerRow | undefined {
  const resolved = resolvePath(path.startsWith("/") ? path : `${workingDir}/${path}`, tree, steps);
  return resolved === undefined ? undefined : tree.get(resolved);
}
