import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { ArchiveEntry } from "../index/archive-index.ts";
import { cleanPath } from "../tar/clean-path.ts";
import { EntryScan, type MemoryRoom } from "./entry-scan.ts";
import type { EntryStore } from "../index/entry-store.ts";
import type { LayerScanContext } from "../layers/layer-scan.ts";
import type { TarEntry, TarHandlers } from "../tar/tar-parser.ts";

/** Longest path that a kernel opens; nothing in an image's metadata can name more. */
const maxNameLength = 4096;
const maxNotes = 20;
/** Of entries kept in memory, of one archive. */
const maxMemory = 32 * 1024 * 1024;

/** Collects an archive's entries as a tar parser, or a walk through a folder, comes by them. */
export class ArchiveScan implements TarHandlers {
  readonly #store: EntryStore;
  readonly #context: LayerScanContext;
  readonly #memory: MemoryRoom = { left: maxMemory };
  /** In the order of the archive; files whose keeping takes time are promises. */
  readonly #found: (ArchiveEntry | Promise<ArchiveEntry>)[] = [];
  readonly #notes: string[] = [];
  #current: EntryScan | undefined;

  constructor(store: EntryStore, context: LayerScanContext) {
    this.#store = store;
    this.#context = context;
  }

  /** The name of the file entry that is being read, if any. */
  get currentName(): string | undefined {
    return this.#current?.name;
  }

  onEntry(entry: TarEntry): void {
    const name = this.#clean(entry);
    if (name === undefined) return;
    if (entry.type === "file") this.#beginFile(name, entry);
    if (entry.type !== "symlink" && entry.type !== "hardlink") return;
    const target = entry.linkTarget.slice(0, maxNameLength);
    this.#found.push({ kind: "link", name, hard: entry.type === "hardlink", target });
  }

  onData(bytes: Uint8Array): void {
    this.#current?.push(bytes);
  }

  onEntryEnd(): void {
    const entry = this.#current?.end();
    if (entry instanceof Promise) entry.catch(() => undefined);
    if (entry) this.#found.push(entry);
    this.#current = undefined;
  }

  /** All entries, once they are kept. Throws `ARCHIVE_INVALID` where one is there twice with different content. */
  async finish(): Promise<{ entries: ReadonlyMap<string, ArchiveEntry>; notes: readonly string[] }> {
    const entries = new Map<string, ArchiveEntry>();
    for (const pending of this.#found) {
      const entry = await pending;
      const known = entries.get(entry.name);
      if (!known) entries.set(entry.name, entry);
      else if (!isSame(known, entry)) throw ambiguous(entry.name);
    }
    return { entries, notes: this.#notes };
  }

  #beginFile(name: string, { size, offset, isSparse }: TarEntry): void {
    if (isSparse) throw sparseEntry(name);
    if (size > this.#context.maxLayerSize) throw tooLarge(name, size, this.#context.maxLayerSize);
    const keeper = this.#store.createKeeper(size, offset);
    this.#current = new EntryScan({ name, size, keeper, memory: this.#memory, context: this.#context });
  }

  /** The entry's place in the archive; undefined for what is left out. */
  #clean({ name, type }: TarEntry): string | undefined {
    const parts = name.split("/");
    const base = parts.findLast((part) => part !== "" && part !== ".") ?? "";
    if (base === "" || base.startsWith("._") || base === ".DS_Store") return undefined;
    const clean = parts.includes("..") || name.length > maxNameLength ? undefined : cleanPath(name);
    if (clean === undefined && type !== "directory")
      this.#note(`left out "${printable(name)}": it is not a path inside the archive`);
    return clean;
  }

  #note(note: string): void {
    if (this.#notes.length < maxNotes) this.#notes.push(note);
    else this.#notes[maxNotes] = "and more of the kind";
  }
}

function isSame(a: ArchiveEntry, b: ArchiveEntry): boolean {
  if (a.kind === "file") return b.kind === "file" && a.digest === b.digest;
  return b.kind === "link" && a.hard === b.hard && a.target === b.target;
}

function sparseEntry(name: string): AirgapError {
  return new AirgapError(
    "ARCHIVE_UNSUPPORTED",
    `Cannot read "${printable(name)}": it is stored as a sparse file`,
    {
      hint: "Write the archive again without tar's option -S (--sparse).",
    },
  );
}

function tooLarge(name: string, size: number, limit: number): AirgapError {
  return new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot read "${printable(name)}": it has ${size} bytes, at most ${limit} are read`,
  );
}

function ambiguous(name: string): AirgapError {
  return new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot read "${printable(name)}": it is there twice, with different content`,
    {
      hint: "Readers disagree about which of the two counts: write the archive again.",
    },
  );
}
