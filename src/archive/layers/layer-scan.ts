import { type LayerContents, noContents } from "../../content/layer-contents.ts";
import { GzipSplicer } from "../../deflate/splice/gzip-splicer.ts";
import { type Digest, type MakeSha256, makeSha256, type Sha256, sha256Digest } from "../../oci/digest.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Inflation } from "../spool/inflation.ts";
import type { Decoder } from "../../stream/decoder.ts";
import type { FileEntry } from "../index/archive-index.ts";
import { LayerReader } from "./layer-reader.ts";
import { maxTableRoom, type TableRoom } from "./layer-tree.ts";
import { defaultMaxLayerSize, type ScanOptions } from "../index/scan-options.ts";

/** What following an entry as a layer needs of the scan that it is part of. */
export interface LayerScanContext {
  readonly createZstdDecoder: () => Decoder;
  readonly room: TableRoom;
  readonly inflation: Inflation;
  readonly makeSha256: MakeSha256;
  /** Uncompressed bytes of a layer that are followed at most. */
  readonly maxLayerSize: number;
}

/** The same for all of an archive. */
export function createLayerScanContext(
  createZstdDecoder: () => Decoder,
  inflation: Inflation,
  options: Pick<ScanOptions, "maxLayerSize" | "makeSha256">,
): LayerScanContext {
  const { maxLayerSize = defaultMaxLayerSize } = options;
  return {
    createZstdDecoder,
    maxLayerSize,
    inflation,
    makeSha256: options.makeSha256 ?? makeSha256,
    room: { left: maxTableRoom },
  };
}

export type LayerFindings = Pick<FileEntry, "layer" | "damage">;

const readSize = 64 * 1024;

/**
 * Follows an entry that could be a layer: decompresses it, hashes what comes out, and reads its tar's headers. Nothing that
 * is wrong with it is thrown, since it may belong to no image: damage is reported in the findings, and a tar that no reader
 * likes leaves the contents empty.
 */
export class LayerScan {
  readonly #context: LayerScanContext;
  readonly #decoder: Decoder | undefined;
  readonly #hash: Sha256 | undefined;
  #reader: LayerReader | undefined;
  #size = 0;
  #damage: string | undefined;

  /** `size` bytes will be pushed. */
  constructor(format: FileEntry["format"], size: number, context: LayerScanContext) {
    this.#context = context;
    this.#reader = new LayerReader(context.room);
    if (format === "gzip") this.#decoder = new GzipSplicer();
    if (format === "zstd") this.#decoder = context.createZstdDecoder();
    if (this.#decoder) this.#hash = context.makeSha256(size);
  }

  push(bytes: Uint8Array): void {
    const decoder = this.#decoder;
    if (!decoder) this.#follow(bytes);
    else this.#attempt(() => this.#decode(decoder, () => decoder.feed(bytes)));
  }

  /** `digest` is the entry's own. */
  end(digest: Digest): LayerFindings {
    const decoder = this.#decoder;
    if (decoder) this.#attempt(() => this.#decode(decoder, () => decoder.end()));
    if (this.#damage !== undefined) return { damage: this.#damage };
    const diffID = this.#hash ? sha256Digest(this.#hash.digest("hex")) : digest;
    return { layer: { diffID, contents: this.#endTar() } };
  }

  #decode(decoder: Decoder, give: () => void): void {
    give();
    for (;;) {
      const bytes = decoder.read(readSize);
      if (bytes === "input" || bytes === "end") return;
      this.#size += bytes.length;
      this.#context.inflation.add(bytes.length);
      if (this.#size > this.#context.maxLayerSize) {
        throw new AirgapError(
          "ARCHIVE_DAMAGED",
          `it decompresses to more than ${this.#context.maxLayerSize} bytes`,
        );
      }
      this.#hash?.update(bytes);
      this.#follow(bytes);
    }
  }

  #attempt(action: () => void): void {
    if (this.#damage !== undefined) return;
    try {
      action();
    } catch (error) {
      if (!(error instanceof AirgapError) || error.code === "ARCHIVE_TOO_LARGE") throw error;
      this.#damage = error.message;
      this.#decoder?.close?.();
    }
  }

  #follow(bytes: Uint8Array): void {
    try {
      this.#reader?.push(bytes);
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      this.#reader = undefined;
    }
  }

  #endTar(): LayerContents {
    try {
      return this.#reader?.end() ?? unreadable;
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      return unreadable;
    }
  }
}

/** Of a tar that no reader likes, runtimes among them. */
const unreadable: LayerContents = { ...noContents, isComplete: false };
