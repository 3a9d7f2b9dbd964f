import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { ArchiveEntry } from "../index/archive-index.ts";
import { cleanPath } from "../tar/clean-path.ts";
import { isBlobName, isOfImages } from "../index/archive-names.ts";
import { EntryScan, type MemoryRoom } from "./entry-scan.ts";
import type { EntryStore } from "../index/entry-store.ts";
import type { LayerScanContext } from "../layers/layer-scan.ts";
import type { TarEntry, TarHandlers } from "../tar/tar-parser.ts";

/** Longest path that a kernel opens; nothing in an image's metadata can name more. */
const maxNameLength = 4096;
/** Of all names and link targets together, and what an entry takes beside them: for some 60,000 entries. */
const maxNames = 16 * 1024 * 1024;
const entryCost = 250;
const maxNotes = 20;
/** Of entries kept in memory, of one archive. */
const maxMemory = 32 * 1024 * 1024;

/** Files after which an archive inside an archive, of which nothing has shown yet, is none. */
const maxPlainFiles = 32;

export interface ArchiveScanOptions {
  readonly store: EntryStore;
  readonly context: LayerScanContext;
  /** In front of every name: where an archive inside an archive stands, with a slash. */
  readonly prefix?: string;
  readonly memory?: MemoryRoom;
  readonly names?: MemoryRoom;
  /** Told once, as soon as a name is met that only an archive of images has. */
  readonly onArchive?: () => void;
}

/** Collects an archive's entries as a tar parser, or a walk through a folder, comes by them. */
export class ArchiveScan implements TarHandlers {
  readonly #options: ArchiveScanOptions;
  readonly #prefix: string;
  readonly #memory: MemoryRoom;
  /** In the order of the archive; files whose keeping takes time are promises. */
  readonly #found: (ArchiveEntry | Promise<ArchiveEntry>)[] = [];
  readonly #notes: string[] = [];
  #current: EntryScan | undefined;
  #candidate: EntryScan | undefined;
  #inner: ArchiveScan | undefined;
  #isArchive = false;
  #files = 0;
  readonly #names: MemoryRoom;

  constructor(options: ArchiveScanOptions) {
    this.#options = options;
    this.#prefix = options.prefix ?? "";
    this.#memory = options.memory ?? { left: maxMemory };
    this.#names = options.names ?? { left: maxNames };
  }

  /** The file entry that has just begun, where it may be an archive itself; each once. */
  takeCandidate(): EntryScan | undefined {
    const candidate = this.#candidate;
    this.#candidate = undefined;
    return candidate;
  }

  /** Whether a name was met that only an archive of images has. */
  get isArchive(): boolean {
    return this.#isArchive;
  }

  /** Whether so much was seen that it is none. */
  get isNoArchive(): boolean {
    return !this.#isArchive && this.#files > maxPlainFiles;
  }

  /** A scan for an archive that is an entry of this one. */
  enter(name: string, store: EntryStore, onArchive: () => void): ArchiveScan {
    const { context } = this.#options;
    const tellOf = (): void => {
      onArchive();
      this.confirm();
    };
    const prefix = `${name}/`;
    this.#inner = new ArchiveScan({
      store,
      context,
      prefix,
      memory: this.#memory,
      names: this.#names,
      onArchive: tellOf,
    });
    return this.#inner;
  }

  /** Takes over what was found in an entry that is an archive, or leaves it alone where it is none of images. */
  leave(inner: ArchiveScan): void {
    this.#inner = undefined;
    if (!inner.isArchive) return inner.#drop();
    for (const entry of inner.#found) this.#found.push(entry);
    for (const note of inner.#notes) this.#note(note);
  }

  /** What is in it, or in an archive in it, tells that it is an archive of images. */
  confirm(): void {
    if (this.#isArchive) return;
    this.#isArchive = true;
    this.#options.onArchive?.();
  }

  #drop(): void {
    this.#current?.drop();
    this.#current = undefined;
  }

  /** The name of the file entry that is being read, if any, that of an archive's in an archive first. */
  get currentName(): string | undefined {
    return this.#inner ? (this.#inner.currentName ?? this.#inner.#prefix.slice(0, -1)) : this.#current?.name;
  }

  onEntry(entry: TarEntry): void {
    const name = this.#clean(entry);
    if (name === undefined) return;
    if (entry.type === "file") this.#beginFile(name, entry);
    if (entry.type !== "symlink" && entry.type !== "hardlink") return;
    const hard = entry.type === "hardlink";
    const target = entry.linkTarget;
    this.#found.push({ kind: "link", name, hard, target: hard ? this.#prefix + target : target });
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
    const { context, store } = this.#options;
    if (size > context.maxLayerSize) throw tooLarge(name, size, context.maxLayerSize);
    const keeper = store.createKeeper(size, offset);
    this.#current = new EntryScan({ name, size, keeper, memory: this.#memory, context });
    this.#files += 1;
    if (isOfImages(name.slice(this.#prefix.length))) this.confirm();
    if (!isBlobName(name)) this.#candidate = this.#current;
  }

  /** The entry's place in the archive; undefined for what is left out. */
  #clean({ name, type, linkTarget }: TarEntry): string | undefined {
    const parts = name.split("/");
    const base = parts.findLast((part) => part !== "" && part !== ".") ?? "";
    if (base === "" || base.startsWith("._") || base === ".DS_Store") return undefined;
    const isLong = name.length > maxNameLength || linkTarget.length > maxNameLength;
    const clean = parts.includes("..") || isLong ? undefined : cleanPath(name);
    if (clean !== undefined) this.#takeName(clean.length + linkTarget.length);
    else if (type !== "directory") {
      this.#note(`left out "${printable(name)}": it is not a path inside the archive`);
    }
    return clean === undefined ? undefined : this.#prefix + clean;
  }

  #takeName(length: number): void {
    this.#names.left -= entryCost + length;
    if (this.#names.left >= 0) return;
    throw new AirgapError(
      "ARCHIVE_INVALID",
      "Cannot read tar: it has more entries than any archive of images",
    );
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
