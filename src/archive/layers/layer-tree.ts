import {
  type LayerContents,
  type LayerRow,
  noContents,
  packLayerRows,
  pathKey,
} from "../../content/layer-contents.ts";
import { cleanPath } from "../tar/clean-path.ts";

/** Room for table rows, in bytes, shared by all layers of an archive; mutable. */
export interface TableRoom {
  left: number;
}

/** For some 300,000 rows, or four million files that are none. */
export const maxTableRoom: number = 32 * 1024 * 1024;
/** Of the tree of one layer while it is read: for some 250,000 files. */
const maxLayerRoom = 8 * 1024 * 1024;
/** What a row, and any other file, takes beside its text: while its layer is read, and packed. */
const openRowCost = 64;
const openFileCost = 24;
const packedRowCost = 12;
const packedFileCost = 8;
/** What the tables of a layer take by themselves, on both sides of a message. */
const packedLayerCost = 2048;
/** Longest path that a kernel opens. */
const maxPathLength = 4096;
const maxHops = 40;
/** As many characters as each entry may have looked up in following links: some hundred times what any needs. */
const stepsPerEntry = 16 * 1024;
const whiteout = ".wh.";
/** What whiteouts of nothing are called, which no runtime takes. */
const nameless: ReadonlySet<string> = new Set(["", ".", ".."]);

/**
 * What unpacking a layer, entry by entry, makes of an empty folder: as containerd (pkg/archive, tar.go) and docker
 * (go-archive, diff.go) do it, a later entry takes the place of an earlier one, and what goes below a link of this layer goes
 * where that leads, whiteouts too. What one of them refuses and another takes, or they take differently, makes it unknown.
 */
export class LayerTree {
  readonly #archiveRoom: TableRoom;
  readonly #rows = new Map<string, LayerRow>();
  readonly #directories = new Set<string>();
  readonly #implied = new Set<string>();
  readonly #others = new Set<number>();
  readonly #whiteouts = new Set<number>();
  readonly #opaque = new Set<number>();
  readonly #tables = [
    this.#rows,
    this.#directories,
    this.#implied,
    this.#others,
    this.#whiteouts,
    this.#opaque,
  ];
  #hasLinks = false;
  #room = maxLayerRoom;
  #taken = 0;
  #isComplete = true;
  /** Characters that may still be looked up in following links. */
  #steps = 1024 * 1024;

  constructor(room: TableRoom) {
    this.#archiveRoom = room;
  }

  /**
   * Where an entry of that name goes, or undefined for what is no file of the layer: whiteouts, which are noted, and names
   * that no kernel would open.
   */
  place(name: string): string | undefined {
    if (!this.#isComplete) return undefined;
    this.#steps += stepsPerEntry;
    const path = cleanPath(name.replace(/^\/+/, ""));
    // Out of the root: containerd takes it for what is below the root, docker refuses it.
    if (path === undefined && !isRoot(name)) this.#giveUp();
    if (path === undefined || path.length > maxPathLength || path.includes("\0")) return undefined;
    const at = path.lastIndexOf("/");
    const parent = this.#resolve(path.slice(0, Math.max(0, at)));
    if (parent === undefined) return undefined;
    const base = path.slice(at + 1);
    if (!base.startsWith(whiteout)) return join(parent, base);
    this.#addWhiteout(parent, base);
    return undefined;
  }

  addDirectory(path: string): void {
    this.#rows.delete(path);
    this.#others.delete(pathKey(path));
    const isFirst = !this.#directories.has(path);
    this.#addDirectories(path);
    if (isFirst) this.#implied.delete(path);
  }

  /** `row` undefined for a file that can have no part in what runs. */
  addFile(path: string, row: LayerRow | undefined): void {
    // Nobody writes such layers, and what is left of the directory would have to be known file by file.
    if (this.#directories.has(path)) this.#giveUp();
    this.#addDirectories(parentOf(path));
    this.#rows.delete(path);
    if (row) this.#addRow(row);
    else if (this.#take(openFileCost, packedFileCost)) this.#others.add(pathKey(path));
  }

  /** A further name for `target`: of this layer where that has it by now, else of a lower one. */
  addHardLink(path: string, target: string): void {
    const from = this.place(target);
    if (from === undefined) return this.addFile(path, undefined);
    const row = this.#rows.get(from);
    if (row) return this.addFile(path, { ...row, path });
    const isOther = this.#others.has(pathKey(from));
    this.addFile(path, isOther ? undefined : { kind: "hardlink", path, target: from });
  }

  pack(): LayerContents {
    if (!this.#isComplete) return { ...noContents, isComplete: false };
    if (this.#tables.every(({ size }) => size === 0)) return noContents;
    return {
      ...packLayerRows(this.#rows.values()),
      others: Float64Array.from([...this.#others, ...this.#whiteouts]),
      directories: Float64Array.from([...this.#directories].map(pathKey)),
      implied: Float64Array.from([...this.#implied].map(pathKey)),
      opaque: Float64Array.from(this.#opaque),
      isComplete: true,
    };
  }

  #addRow(row: LayerRow): void {
    const text = row.path.length + detailOf(row).length;
    if (!this.#take(openRowCost + text, packedRowCost + text)) return;
    this.#rows.set(row.path, row);
    this.#hasLinks ||= row.kind === "link";
    // No system makes such a link: the layer cannot be unpacked.
    if (row.kind === "link" && row.target.length >= maxPathLength) this.#giveUp();
  }

  #addWhiteout(parent: string, base: string): void {
    const name = base.slice(whiteout.length);
    if (nameless.has(name)) return this.#giveUp();
    this.#addDirectories(parent);
    if (!this.#take(openFileCost, packedFileCost)) return;
    if (base === ".wh..wh..opq") this.#opaque.add(pathKey(parent));
    // Names that start with two of them are aufs's own.
    else if (!base.startsWith(".wh..wh.")) this.#hide(join(parent, name));
  }

  /** Of what the layer has itself, overlays refuse a whiteout, and others take it. */
  #hide(path: string): void {
    const key = pathKey(path);
    const isOurs = this.#rows.has(path) || this.#others.has(key) || this.#directories.has(path);
    if (isOurs) this.#giveUp();
    else this.#whiteouts.add(key);
  }

  #addDirectories(path: string): void {
    for (let at = path; at !== "" && !this.#directories.has(at); at = parentOf(at)) {
      const key = pathKey(at);
      // Nothing goes below a file; and where this layer has hidden a directory, overlays show what lower ones have in it.
      if (this.#rows.has(at) || this.#others.has(key) || this.#whiteouts.has(key)) return this.#giveUp();
      if (!this.#take(openRowCost + at.length, 2 * packedFileCost)) return;
      this.#directories.add(at);
      this.#implied.add(at);
    }
  }

  /** A directory with the links of this layer followed in it; undefined for a loop. */
  #resolve(path: string): string | undefined {
    if (!this.#hasLinks || this.#directories.has(path)) return path;
    let rest = path.split("/");
    let done = "";
    let hops = 0;
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        done = parentOf(done);
        continue;
      }
      const here = join(done, part);
      this.#steps -= here.length;
      if (this.#steps < 0) {
        this.#giveUp();
        return undefined;
      }
      const row = this.#rows.get(here);
      if (row?.kind !== "link") done = here;
      else if (++hops > maxHops) return undefined;
      else {
        rest = [...row.target.split("/"), ...rest];
        if (row.target.startsWith("/")) done = "";
      }
    }
    return done;
  }

  #take(open: number, packed: number): boolean {
    if (!this.#isComplete) return false;
    const taken = this.#taken === 0 ? packed + packedLayerCost : packed;
    this.#room -= open;
    this.#archiveRoom.left -= taken;
    this.#taken += taken;
    if (this.#room >= 0 && this.#archiveRoom.left >= 0) return true;
    this.#giveUp();
    return false;
  }

  /** A part of a tree would be taken for the whole one: none is better. */
  #giveUp(): void {
    this.#isComplete = false;
    this.#archiveRoom.left += this.#taken;
    this.#taken = 0;
    this.#hasLinks = false;
    for (const table of this.#tables) table.clear();
  }
}

function detailOf(row: LayerRow): string {
  if (row.kind === "binary") return row.architecture;
  if (row.kind === "script") return row.interpreter;
  return row.kind === "program" ? "" : row.target;
}

function isRoot(name: string): boolean {
  return name.split("/").every((part) => part === "" || part === ".");
}

function join(parent: string, base: string): string {
  return parent === "" ? base : `${parent}/${base}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
