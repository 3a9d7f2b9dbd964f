import { crc32 } from "node:zlib";
import { type MakeSha256, makeSha256 } from "../../oci/digest.ts";
import { BlobCutter } from "./blob-cutter.ts";
import type { SplicedBlob } from "./blob-writer.ts";
import type { Checkpoint, GzipPhase } from "../inflate/checkpoint.ts";
import { combineCrc32 } from "./combine-crc32.ts";
import { CompressedInput } from "../inflate/compressed-input.ts";
import { decodeBlock } from "../inflate/decode-block.ts";
import { blockHeaderSize, DeflateBlock } from "../inflate/deflate-block.ts";
import { skipGzipHeader } from "../inflate/gzip-header.ts";
import { historySize, OutputWindow } from "../inflate/output-window.ts";
import { decodeMargin, SymbolDecoder } from "../inflate/symbol-decoder.ts";

const trailerSize = 8;

export interface GzipSplicerOptions {
  /** Gets every blob's bytes as they come out, e.g. for a spool; the view is overwritten after the call. */
  readonly onBlobBytes?: (bytes: Uint8Array) => void;
  /** Default: Node's own. */
  readonly makeSha256?: MakeSha256 | undefined;
  /** Where to go on; the input must then be fed from byte `Math.floor(bitOffset / 8)` on. Default: at the start. */
  readonly checkpoint?: Checkpoint;
}

/**
 * Inflates a gzip stream that it is fed, and cuts ranges of it out as gzip blobs of their own without compressing again
 * (docs/deflate.md). Without a blob begun it is a strict gunzip: any number of members, each one's CRC-32 and length
 * checked, zero padding after the last one, nothing else.
 */
export class GzipSplicer {
  readonly #decoder = new SymbolDecoder();
  readonly #input: CompressedInput;
  readonly #window = new OutputWindow(this.#decoder.window);
  readonly #block = new DeflateBlock(this.#decoder);
  readonly #makeSha256: MakeSha256;
  readonly #onBlobBytes: ((bytes: Uint8Array) => void) | undefined;
  #phase: GzipPhase = "memberHeader";
  #cutter: BlobCutter | undefined;
  #memberCrc = 0;
  #memberLength = 0;

  constructor(options: GzipSplicerOptions = {}) {
    this.#onBlobBytes = options.onBlobBytes;
    this.#makeSha256 = options.makeSha256 ?? makeSha256;
    this.#input = new CompressedInput(this.#decoder.input, options.checkpoint?.bitOffset);
    if (options.checkpoint !== undefined) {
      this.#resume(options.checkpoint);
    }
  }

  /** Uncompressed bytes handed out so far; from a checkpoint it counts from there. */
  get position(): number {
    return this.#window.position;
  }

  /** How much of the compressed stream, in bits, led up to the bytes that were decoded so far. */
  get bitOffset(): number {
    return this.#input.bitOffset;
  }

  /** Gives compressed bytes; the chunk must keep its content until `read` asks for input again. Call it only when it asks. */
  feed(chunk: Uint8Array): void {
    this.#input.feed(chunk);
  }

  /** Says that there is no more input, when `read` asks for it: what follows tells a clean end from a truncated stream. */
  end(): void {
    this.#input.close();
  }

  /**
   * Gives the next uncompressed bytes, one to `limit` of them, never past the end of a blob that was begun: a view that is
   * valid until the next call. `"input"` asks for `feed` or `end`; `"end"` comes after the last member, again and again.
   * Throws `ARCHIVE_DAMAGED` with the offset in the compressed stream.
   */
  read(limit: number): Uint8Array | "input" | "end" {
    const wanted = Math.min(limit, this.#window.makeRoom(), this.#cutter?.rest ?? limit);
    if (wanted < 1) {
      throw new Error("Cannot read bytes: none were asked for, or the blob must be ended first");
    }
    const need = this.#decode(this.#window.taken + wanted);
    if (need !== undefined && this.#window.ahead === 0) {
      return need;
    }
    return this.#take(Math.min(wanted, this.#window.ahead));
  }

  /** From the current position on, cuts the next `size` bytes out as a gzip blob, while they are read. */
  beginBlob(size: number): void {
    if (this.#cutter !== undefined) {
      throw new Error("Cannot begin a blob: the one before it was not ended");
    }
    const hash = this.#makeSha256(size);
    this.#cutter = new BlobCutter(this.#input, this.#window, this.#block, size, hash, this.#onBlobBytes);
  }

  /** To be called after exactly `size` bytes were read. */
  endBlob(): SplicedBlob {
    if (this.#cutter?.rest !== 0) {
      throw new Error("Cannot end a blob: none was begun, or it was not read to its end");
    }
    const blob = this.#cutter.finish();
    this.#cutter = undefined;
    return blob;
  }

  /** Forgets the blob that was begun, if any; reading goes on and costs less. */
  dropBlob(): void {
    this.#cutter = undefined;
  }

  /** Where to inflate from to get the bytes that follow the current position again. */
  checkpoint(): Checkpoint {
    const { bytes, end, memberStart, ahead } = this.#window;
    return {
      bitOffset: this.#input.bitOffset,
      phase: this.#phase,
      block: this.#phase === "symbols" || this.#phase === "trailer" ? this.#block.state : undefined,
      window: bytes.slice(Math.max(memberStart, end - historySize), end),
      ahead,
      memberCrc: this.#memberCrc,
      memberLength: this.#memberLength,
    };
  }

  #resume(checkpoint: Checkpoint): void {
    this.#phase = checkpoint.phase;
    this.#memberCrc = checkpoint.memberCrc;
    this.#memberLength = checkpoint.memberLength;
    this.#window.restore(checkpoint.window, checkpoint.ahead);
    if (checkpoint.block !== undefined) {
      this.#block.resume(checkpoint.block);
    }
  }

  #take(count: number): Uint8Array {
    const bytes = this.#window.take(count);
    const crc = crc32(bytes);
    this.#memberCrc = combineCrc32(this.#memberCrc, crc, count);
    this.#memberLength += count;
    this.#cutter?.addBytes(crc, count);
    return bytes;
  }

  /** Decodes until the window is filled up to `limit` or more; else says what is missing. */
  #decode(limit: number): "input" | "end" | undefined {
    while (this.#window.end < limit) {
      const need = this.#step(limit);
      if (need !== undefined) {
        return need;
      }
    }
    return undefined;
  }

  #step(limit: number): "input" | "end" | undefined {
    switch (this.#phase) {
      case "memberHeader":
        return this.#startMember();
      case "blockHeader":
        return this.#startBlock();
      case "symbols":
        return this.#decodeSymbols(limit);
      case "trailer":
        return this.#endMember();
      case "padding":
      default:
        return this.#skipPadding();
    }
  }

  #startMember(): "input" | "end" | undefined {
    const input = this.#input;
    if (!input.ensure(1)) {
      return "input";
    }
    const isFirst = input.bitOffset === 0;
    if (!isFirst && input.available === 0) {
      return "end";
    }
    if (!isFirst && input.peek(8) === 0) {
      this.#phase = "padding";
      return undefined;
    }
    if (!skipGzipHeader(input)) {
      return "input";
    }
    this.#window.memberStart = this.#window.end;
    this.#memberCrc = 0;
    this.#memberLength = 0;
    this.#phase = "blockHeader";
    return undefined;
  }

  #startBlock(): "input" | undefined {
    if (!this.#input.ensure(blockHeaderSize)) {
      return "input";
    }
    const headerBit = this.#input.bit;
    this.#block.start(this.#input);
    this.#cutter?.addBlock(headerBit);
    this.#phase = "symbols";
    return undefined;
  }

  #decodeSymbols(limit: number): "input" | undefined {
    if (!this.#input.ensure(decodeMargin)) {
      return "input";
    }
    const fromBit = this.#input.bit;
    const from = this.#window.end;
    const stepLimit = this.#cutter?.limitStep(limit) ?? limit;
    const atEnd = decodeBlock(this.#decoder, this.#input, this.#window, this.#block, stepLimit);
    this.#cutter?.addStep(fromBit, from);
    if (atEnd) {
      this.#phase = this.#block.last ? "trailer" : "blockHeader";
    }
    return undefined;
  }

  /** Waits until all of the member's bytes were taken, which is when its CRC-32 is known. */
  #endMember(): "input" | undefined {
    const input = this.#input;
    input.skipToByte();
    if (this.#window.ahead > 0 || !input.ensure(trailerSize)) {
      return "input";
    }
    if (input.available < trailerSize) {
      throw input.cutOff();
    }
    const at = input.bit >>> 3;
    if (input.view.getUint32(at, true) !== this.#memberCrc) {
      throw input.damaged("the CRC-32 is wrong");
    }
    if (input.view.getUint32(at + 4, true) !== this.#memberLength % 2 ** 32) {
      throw input.damaged("the length is wrong");
    }
    input.bit += trailerSize * 8;
    this.#phase = "memberHeader";
    return undefined;
  }

  #skipPadding(): "input" | "end" | undefined {
    const input = this.#input;
    if (!input.ensure(1)) {
      return "input";
    }
    if (input.available === 0) {
      return "end";
    }
    for (; input.available > 0; input.bit += 8) {
      if (input.peek(8) !== 0) {
        throw input.damaged("something follows the last gzip member and its padding");
      }
    }
    return undefined;
  }
}
