import type { GzipSource } from "../../deflate/splice/gzip-source.ts";
import type { FileEntry } from "./archive-index.ts";

/** What keeps an archive's entries so that they can be read again; one for each way in which an archive is at hand. */
export interface EntryStore {
  /** Called between an entry's header and its first byte; `offset` is where its data starts in the tar. */
  createKeeper(size: number, offset: number): EntryKeeper;
  /** To be called after every piece of the archive: what to wait for, if anything; rejects where keeping has failed. */
  settle?(): Promise<void> | undefined;
  /** The scan has failed: what is under way is to end. */
  abandon?(error: unknown): void;
}

/** Sees to one entry. Either `begin`, `push` and `end` are called, or `drop`. */
export interface EntryKeeper {
  /** Tells what the entry is, once enough of it was read. */
  begin(format: FileEntry["format"]): void;
  /** Gives the entry's bytes from the first one, as views for the time of the call. */
  push(bytes: Uint8Array): void;
  end(): KeptEntry | Promise<KeptEntry>;
  /** The entry is kept in memory: there is nothing to see to. */
  drop(): void;
  /** After `begin`: the entry may be an archive itself, and what is in it is to be kept as well. */
  enter(): InnerAccess;
}

export type KeptEntry = Pick<FileEntry, "reopen" | "compressed">;

/** How what an archive inside an archive holds is kept. */
export interface InnerAccess {
  /** For what a plain tar holds. */
  readonly plain: EntryStore;
  /** To be called before each piece of a gzip stream is read. */
  mark(): void;
  /** Where the bytes of a gzip stream are read again from, byte `position` of it and those after. */
  sourceAt(position: number): GzipSource;
  /** It is an archive indeed: as a whole it need not be kept. */
  confirm(): void;
}
