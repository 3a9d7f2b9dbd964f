import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { blockSize } from "../../stream/tar-checksum.ts";
import { type PaxRecords, parsePaxRecords } from "./pax-records.ts";
import type { SparsePieces } from "./sparse-map.ts";
import { damagedTar, isZeroBlock, parseTarHeader, type TarHeader, type TarHeaderType } from "./tar-header.ts";

/** One entry, extended headers applied. Names are as written. */
export interface TarEntry {
  readonly type: "file" | "hardlink" | "symlink" | "directory" | "other";
  readonly name: string;
  readonly linkTarget: string;
  /** Bytes of data, as many as `onData` gives. */
  readonly size: number;
  /** Where they start in the tar. */
  readonly offset: number;
  /** Whether anybody may execute it. */
  readonly isExecutable: boolean;
  /** Whether they are a sparse file's pieces, not its content. */
  readonly isSparse: boolean;
  /** Where those belong; not for PAX's form 1.0, whose data begins with a map. */
  readonly sparsePieces?: SparsePieces | undefined;
}

export interface TarHandlers {
  onEntry(entry: TarEntry): void;
  /** A view of the pushed chunk, for the time of the call. */
  onData(bytes: Uint8Array): void;
  onEntryEnd(): void;
}

export interface TarParserOptions {
  /** More headers than this are an error. Default: no limit. */
  readonly maxHeaders?: number;
  /** Whether bytes other than zeros may follow the end mark; Go ignores them. Default false. */
  readonly ignoreTrailing?: boolean;
}

/** As Go's reader has it, for PAX headers and GNU long names. */
const maxExtensionSize = 1024 * 1024;
const trailerPiece = 64 * 1024;

type State = "header" | "extension" | "sparseMap" | "data" | "padding" | "end";

/**
 * Follows a tar that is pushed in chunks of any size, in constant memory. It reads what Go's archive/tar reads, since that
 * is what runs layers, and refuses what readers disagree about. A tar without end mark is complete; one zero block with
 * data behind it is damage. `push` and `end` throw `ARCHIVE_DAMAGED`, and what the handlers throw.
 */
export class TarParser {
  readonly #handlers: TarHandlers;
  readonly #maxHeaders: number;
  readonly #ignoreTrailing: boolean;
  readonly #block = new Uint8Array(blockSize);
  #state: State = "header";
  /** Bytes taken so far. */
  #position = 0;
  #headers = 0;
  /** Of the header, map or extension being collected. */
  #filled = 0;
  #isAfterZeroBlock = false;
  /** Data or padding still to come. */
  #remaining = 0;
  #header: TarHeader | undefined;
  #entry: TarEntry | undefined;
  #extension = new Uint8Array(0);
  #pax: PaxRecords | undefined;
  #longName: string | undefined;
  #longLink: string | undefined;

  constructor(handlers: TarHandlers, options: TarParserOptions = {}) {
    this.#handlers = handlers;
    this.#maxHeaders = options.maxHeaders ?? Number.POSITIVE_INFINITY;
    this.#ignoreTrailing = options.ignoreTrailing ?? false;
  }

  /** At most this many bytes lead up to the parser's next decision: the end of a header or of an entry's data. */
  get wanted(): number {
    if (this.#state === "data") return this.#remaining;
    if (this.#state === "padding") return this.#remaining + blockSize;
    if (this.#state === "extension") return this.#extension.length - this.#filled;
    return this.#state === "end" ? trailerPiece : blockSize - this.#filled;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const taken = this.#take(at === 0 ? chunk : chunk.subarray(at));
      at += taken;
      this.#position += taken;
      this.#settle();
    }
  }

  /** Says that there is no more. */
  end(): void {
    if (this.#state === "data") {
      throw truncated(`${this.#remaining} bytes before the end of "${printable(this.#entry?.name ?? "")}"`);
    }
    const isExtended = this.#pax ?? this.#longName ?? this.#longLink;
    if (this.#filled > 0 || this.#state === "extension" || this.#state === "sparseMap" || isExtended) {
      throw truncated(`in a header at byte ${this.#position}`);
    }
  }

  #take(bytes: Uint8Array): number {
    if (this.#state === "data") return this.#takeData(bytes);
    if (this.#state === "padding") return this.#skip(bytes);
    if (this.#state === "end") return this.#takeTrailer(bytes);
    const target = this.#state === "extension" ? this.#extension : this.#block;
    const part = bytes.subarray(0, target.length - this.#filled);
    target.set(part, this.#filled);
    this.#filled += part.length;
    return part.length;
  }

  #takeData(bytes: Uint8Array): number {
    const part = bytes.length > this.#remaining ? bytes.subarray(0, this.#remaining) : bytes;
    this.#remaining -= part.length;
    this.#handlers.onData(part);
    return part.length;
  }

  #skip(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#remaining);
    this.#remaining -= taken;
    return taken;
  }

  #takeTrailer(bytes: Uint8Array): number {
    if (this.#ignoreTrailing) return bytes.length;
    let at = 0;
    while (at < bytes.length && bytes[at] === 0) at++;
    if (at === bytes.length) return at;
    throw new AirgapError(
      "ARCHIVE_DAMAGED",
      `Cannot read tar to its end: there is more behind its end mark, at byte ${this.#position + at}`,
      { hint: "If archives were joined into one file, load each one as a file of its own." },
    );
  }

  /** Goes on to the next state for as long as the current one has all that it waits for. */
  #settle(): void {
    if (this.#state === "extension" && this.#filled === this.#extension.length) this.#endExtension();
    else if (this.#state === "header" && this.#filled === blockSize) this.#endHeader();
    else if (this.#state === "sparseMap" && this.#filled === blockSize) this.#endSparseBlock();
    if (this.#state === "data" && this.#remaining === 0) this.#endData();
    if (this.#state === "padding" && this.#remaining === 0) this.#state = "header";
  }

  #endHeader(): void {
    this.#filled = 0;
    if (isZeroBlock(this.#block)) {
      if (this.#isAfterZeroBlock) this.#state = "end";
      this.#isAfterZeroBlock = true;
      return;
    }
    const offset = this.#position - blockSize;
    if (this.#isAfterZeroBlock) throw damagedTar(offset, "it follows a block of zeros");
    this.#countHeader();
    const header = parseTarHeader(this.#block, offset);
    this.#header = header;
    if (isExtension(header)) this.#beginExtension(header, offset);
    else if (header.hasMoreSparseBlocks) this.#state = "sparseMap";
    else this.#beginEntry(header);
  }

  #countHeader(): void {
    this.#headers++;
    if (this.#headers <= this.#maxHeaders) return;
    throw new AirgapError(
      "ARCHIVE_INVALID",
      `Cannot read tar: it has more than ${this.#maxHeaders} entries`,
      {
        hint: "If it is a container's file system, save the image instead: docker save, not docker export.",
      },
    );
  }

  #endSparseBlock(): void {
    this.#filled = 0;
    if (this.#block[504] === 0 && this.#header) this.#beginEntry(this.#header);
  }

  #beginExtension(header: TarHeader, offset: number): void {
    if (header.size > maxExtensionSize) {
      throw damagedTar(
        offset,
        `it is followed by ${header.size} bytes of header: want at most ${maxExtensionSize}`,
      );
    }
    this.#extension = new Uint8Array(header.size);
    this.#state = "extension";
    if (header.size === 0) this.#endExtension();
  }

  #endExtension(): void {
    const bytes = this.#extension;
    const offset = this.#position - bytes.length;
    const type = this.#header?.type;
    if (type === "longName") this.#longName = readLongText(bytes);
    else if (type === "longLink") this.#longLink = readLongText(bytes);
    else if (type === "pax") this.#pax = parsePaxRecords(bytes, offset);
    else refuseGlobal(parsePaxRecords(bytes, offset), offset);
    this.#filled = 0;
    this.#extension = new Uint8Array(0);
    this.#beginPadding(bytes.length);
  }

  #beginEntry(header: TarHeader): void {
    const name = this.#longName ?? this.#pax?.path ?? header.name;
    const type = entryType(header.type, name);
    const size = type === "file" || type === "other" ? (this.#pax?.size ?? header.size) : 0;
    this.#entry = {
      type,
      name,
      linkTarget: this.#longLink ?? this.#pax?.linkPath ?? header.linkTarget,
      size,
      offset: this.#position,
      isExecutable: header.isExecutable,
      sparsePieces: header.sparsePieces ?? this.#pax?.sparsePieces,
      isSparse: header.type === "sparse" || (type === "file" && (this.#pax?.isSparse ?? false)),
    };
    this.#pax = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#remaining = size;
    this.#state = "data";
    this.#handlers.onEntry(this.#entry);
  }

  #endData(): void {
    this.#handlers.onEntryEnd();
    this.#beginPadding(this.#entry?.size ?? 0);
  }

  #beginPadding(size: number): void {
    this.#remaining = (blockSize - (size % blockSize)) % blockSize;
    this.#state = "padding";
  }
}

function isExtension({ type }: TarHeader): boolean {
  return type === "pax" || type === "globalPax" || type === "longName" || type === "longLink";
}

function entryType(type: TarHeaderType, name: string): TarEntry["type"] {
  if (type === "oldFile") return name.endsWith("/") ? "directory" : "file";
  if (type === "sparse") return "file";
  return type === "file" || type === "hardlink" || type === "symlink" || type === "directory"
    ? type
    : "other";
}

function readLongText(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString("utf8") || undefined;
}

/** Go gives global records no effect, GNU tar does: what they would change must not be in them. */
function refuseGlobal(records: PaxRecords, offset: number): void {
  if (
    records.path !== undefined ||
    records.linkPath !== undefined ||
    records.size !== undefined ||
    records.isSparse
  ) {
    throw damagedTar(offset, "it gives a name or size to all entries behind it");
  }
}

function truncated(where: string): AirgapError {
  return new AirgapError("ARCHIVE_DAMAGED", `Cannot read tar to its end: it is cut off ${where}`, {
    hint: "Copy or download the archive again, and compare its checksum.",
  });
}
