import { type Sha256, sha256Digest } from "../../oci/digest.ts";
import { type Format, sniff, sniffSize } from "../../stream/sniff.ts";
import type { FileEntry } from "../index/archive-index.ts";
import type { EntryKeeper, InnerAccess } from "../index/entry-store.ts";
import { LayerScan, type LayerScanContext } from "../layers/layer-scan.ts";

/** Room for entries' content in memory, shared by all of an archive; mutable. */
export interface MemoryRoom {
  left: number;
}

export interface EntryScanOptions {
  /** Cleaned. */
  readonly name: string;
  readonly size: number;
  readonly keeper: EntryKeeper;
  readonly memory: MemoryRoom;
  readonly context: LayerScanContext;
}

/** Lists of images that are longer are read again. */
const maxJsonSize = 8 * 1024 * 1024;
/** What keeping one takes beside its bytes. */
const memoryCost = 1024;
/** Of anything else: not worth a place on disk. */
const maxSmallSize = 4 * 1024;

/** Looks at one file entry while its bytes go by: digest, format, and what is in it. */
export class EntryScan {
  readonly name: string;
  readonly size: number;
  readonly #options: EntryScanOptions;
  readonly #hash: Sha256;
  readonly #head = Buffer.alloc(sniffSize);
  #headSize = 0;
  #format: FileEntry["format"] | undefined;
  /** Why what is in it is not known. */
  #unread: string | undefined;
  #layer: LayerScan | undefined;
  #bytes: Buffer | undefined;
  #filled = 0;

  constructor(options: EntryScanOptions) {
    this.name = options.name;
    this.size = options.size;
    this.#options = options;
    this.#hash = options.context.makeSha256(options.size);
  }

  push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    if (this.#format === undefined) this.#collectHead(bytes);
    else this.#consume(bytes);
  }

  /** To be called after the last byte; the promise waits for what the keeper still does. */
  end(): FileEntry | Promise<FileEntry> {
    if (this.#format === undefined) this.#judge();
    const { size, keeper } = this.#options;
    const digest = sha256Digest(this.#hash.digest("hex"));
    const format = this.#format ?? "other";
    const found = {
      kind: "file",
      name: this.name,
      size,
      digest,
      format,
      ...this.#layer?.end(digest),
      ...(this.#unread ? { damage: this.#unread } : {}),
    } as const;
    if (this.#bytes) return { ...found, bytes: this.#bytes, reopen: { from: "memory" } };
    const kept = keeper.end();
    return kept instanceof Promise ? kept.then((kept) => ({ ...found, ...kept })) : { ...found, ...kept };
  }

  /** After its first block: what it holds is to be kept too, since it may be an archive itself. */
  enter(): InnerAccess {
    const access = this.#options.keeper.enter();
    return {
      ...access,
      confirm: () => {
        // What is in it is decompressed once, not twice.
        if (this.#format !== "tar") this.#layer = undefined;
        access.confirm();
      },
    };
  }

  /** What is in it is not followed any further, for that reason: it counts as no layer. */
  giveUp(reason: string): void {
    this.#layer = undefined;
    this.#unread = reason;
  }

  /** It is not wanted after all. */
  drop(): void {
    this.#options.keeper.drop();
  }

  #collectHead(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.#head.length - this.#headSize);
    this.#head.set(part, this.#headSize);
    this.#headSize += part.length;
    if (this.#headSize < this.#head.length) return;
    // Copied, since another decoder may move the memory that these are a view of.
    const rest = new Uint8Array(bytes.subarray(part.length));
    this.#judge();
    this.#consume(rest);
  }

  #judge(): void {
    const head = this.#head.subarray(0, this.#headSize);
    const format = sniff(head);
    this.#format = entryFormat(format);
    if (format === "bzip2" || format === "xz" || format === "lz4") {
      this.#unread = `it is compressed with ${format}, which is not read here`;
    }
    if (this.#format !== "other") this.#layer = new LayerScan(this.#format, this.size, this.#options.context);
    if (this.#isWorthMemory(format)) this.#keepInMemory();
    else this.#options.keeper.begin(this.#format);
    this.#consume(head);
  }

  #isWorthMemory(format: Format): boolean {
    const { size, memory } = this.#options;
    const limit = format === "json" ? maxJsonSize : maxSmallSize;
    return this.#format === "other" && size <= limit && size + memoryCost <= memory.left;
  }

  #keepInMemory(): void {
    this.#options.keeper.drop();
    this.#options.memory.left -= this.#options.size + memoryCost;
    this.#bytes = Buffer.alloc(this.#options.size);
  }

  #consume(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#layer?.push(bytes);
    if (!this.#bytes) return this.#options.keeper.push(bytes);
    this.#bytes.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }
}

/** Nothing at all is an empty tar, as docker and containerd take it. */
function entryFormat(format: Format): FileEntry["format"] {
  if (format === "empty") return "tar";
  return format === "tar" || format === "gzip" || format === "zstd" ? format : "other";
}
