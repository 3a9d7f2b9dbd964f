import {
  type LayerContents,
  type LayerRow,
  pathKey,
  readLayerRows,
} from "../../../content/layer-contents.ts";
import { type FileTree, resolvePath, type Steps, usualSteps } from "./file-tree.ts";

type Link = Extract<LayerRow, { kind: "link" }>;

/** Links from layer to layer: no tool writes one, each costs a search. */
const maxLinksBetweenLayers = 100;
/** Links that upper layers put something below: each costs a look at all that there is. */
const maxDisputed = 100;

/**
 * Mounts layers, the lowest one first, as runtimes do: what an upper layer has hides what is there below, its whiteouts and
 * opaque directories hide without putting anything there, and a hard link to a lower file keeps that file as it was.
 * Undefined for layers that are linked beyond all use, or where it matters that an upper one puts something below a lower
 * one's link: overlays make a directory of it, others follow it (containerd, core/diff/apply, apply_linux.go).
 */
export function overlayLayers(layers: readonly LayerContents[]): FileTree | undefined {
  const tree = new Map<string, LayerRow>();
  const upper = new UpperLayers();
  const mounted = new Set<LayerContents>();
  const disputed: Link[] = [];
  const steps = usualSteps();
  let links = 0;
  for (const [at, layer] of [...layers.entries()].reverse()) {
    // Under itself a layer shows nothing: hostile images have the same one a thousand times.
    if (mounted.has(layer)) continue;
    mounted.add(layer);
    let index = 0;
    for (const found of readLayerRows(layer)) {
      const key = layer.rowKeys[index++] ?? 0;
      if (found.kind === "link" && upper.disputes(found.path, key)) disputed.push(found);
      if (upper.hides(found.path, key)) continue;
      if (found.kind === "hardlink" && ++links > maxLinksBetweenLayers) return undefined;
      const row = found.kind === "hardlink" ? findLinked(found, layers.slice(0, at)) : found;
      if (row) tree.set(row.path, row);
    }
    upper.add(layer);
  }
  return disputed.length > maxDisputed || disputed.some((link) => isTouched(link, tree, steps))
    ? undefined
    : tree;
}

/** Whether anything that counts is below a link, or where it leads. */
function isTouched({ path, target }: Link, tree: FileTree, steps: Steps): boolean {
  const place = resolvePath(target.startsWith("/") ? target : `${parentOf(path)}/${target}`, tree, steps);
  for (const row of tree.keys()) {
    if (row === place || isBelow(row, path) || (place !== undefined && isBelow(row, place))) return true;
  }
  return false;
}

function isBelow(path: string, directory: string): boolean {
  return directory === "" || (path.startsWith(directory) && path[directory.length] === "/");
}

/** The file of the layers below that a hard link names. */
function findLinked(
  { path, target }: Extract<LayerRow, { kind: "hardlink" }>,
  lower: readonly LayerContents[],
): LayerRow | undefined {
  const key = pathKey(target);
  const parents = parentsOf(target).map(pathKey);
  for (const [at, layer] of [...lower.entries()].reverse()) {
    const index = layer.rowKeys.indexOf(key);
    const row = index === -1 ? undefined : readLayerRow(layer, index);
    if (row?.kind === "hardlink") return findLinked({ ...row, path }, lower.slice(0, at));
    if (row) return { ...row, path };
    const hidesFile = layer.others.includes(key) || layer.directories.includes(key);
    if (hidesFile || parents.some((parent) => hidesBelow(layer, parent))) return undefined;
  }
  return undefined;
}

function readLayerRow(layer: LayerContents, index: number): LayerRow | undefined {
  let at = 0;
  for (const row of readLayerRows(layer)) if (at++ === index) return row;
  return undefined;
}

function hidesBelow({ rowKeys, others, opaque }: LayerContents, directory: number): boolean {
  return [rowKeys, others, opaque].some((keys) => keys.includes(directory));
}

/** What the layers that were mounted hide of those below. */
class UpperLayers {
  /** Where there is something other than a directory, or a whiteout. */
  readonly #files = new Set<number>();
  readonly #directories = new Set<number>();
  readonly #opaque = new Set<number>();
  /** Directories that are there because something is in them, as far down as no layer has made or removed them itself. */
  readonly #implied = new Set<number>();
  /** Whether anything in a directory can be seen; forgotten when a layer is added. */
  readonly #hiddenDirectories = new Map<string, boolean>();

  add(layer: LayerContents): void {
    for (const keys of [layer.rowKeys, layer.others]) for (const key of keys) this.#files.add(key);
    for (const keys of [layer.rowKeys, layer.others, layer.directories]) {
      for (const key of keys) this.#implied.delete(key);
    }
    for (const key of layer.implied) this.#implied.add(key);
    for (const key of layer.directories) this.#directories.add(key);
    for (const key of layer.opaque) this.#opaque.add(key);
    this.#hiddenDirectories.clear();
  }

  hides(path: string, key: number): boolean {
    return this.#files.has(key) || this.#directories.has(key) || this.#hidesIn(parentOf(path));
  }

  /** Whether a link is where an upper layer puts something without making a directory first. */
  disputes(path: string, key: number): boolean {
    return this.#implied.has(key) && !this.#files.has(key) && !this.#hidesIn(parentOf(path));
  }

  #hidesIn(directory: string): boolean {
    const known = this.#hiddenDirectories.get(directory);
    if (known !== undefined) return known;
    const key = pathKey(directory);
    const isHidden =
      this.#opaque.has(key) ||
      this.#files.has(key) ||
      (directory !== "" && this.#hidesIn(parentOf(directory)));
    this.#hiddenDirectories.set(directory, isHidden);
    return isHidden;
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, i) => parts.slice(0, i).join("/"));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
