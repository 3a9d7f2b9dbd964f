import type { Sha256 } from "../../oci/digest.ts";
import { BlobWriter, type SplicedBlob } from "./blob-writer.ts";
import { combineCrc32 } from "./combine-crc32.ts";
import type { CompressedInput } from "../inflate/compressed-input.ts";
import type { DeflateBlock } from "../inflate/deflate-block.ts";
import { FixedBlock } from "./fixed-block.ts";
import { plainGzipHeader } from "../inflate/gzip-header.ts";
import { historySize, type OutputWindow } from "../inflate/output-window.ts";

/** A match is at most 258 bytes long, so between this many bytes before a place and the place lies an end of a symbol. */
const longestOvershoot = 257;

/**
 * Cuts one range of the uncompressed bytes out of a deflate stream while it is decoded (docs/deflate.md, "How"):
 *
 *     lead   symbols with fixed codes, up to where no distance can reach before the range any more
 *     body   the stream's own bits
 *     tail   symbols with fixed codes, from the last 257 bytes on
 *
 * Where these begin and end, and hence every bit, depends on the stream and the range alone.
 */
export class BlobCutter {
  readonly #input: CompressedInput;
  readonly #window: OutputWindow;
  readonly #block: DeflateBlock;
  readonly #writer: BlobWriter;
  /** Positions in the uncompressed stream. */
  readonly #start: number;
  readonly #bodyEnd: number;
  readonly #end: number;
  #section: "lead" | "body" | "tail";
  /** What lead and tail are written into. */
  #fixedBlock: FixedBlock;
  #crc = 0;

  /** Begins with the next byte to be taken from the window. */
  constructor(
    input: CompressedInput,
    window: OutputWindow,
    block: DeflateBlock,
    size: number,
    hash: Sha256,
    onBytes?: (bytes: Uint8Array) => void,
  ) {
    this.#input = input;
    this.#window = window;
    this.#block = block;
    this.#writer = new BlobWriter(hash, onBytes);
    this.#start = window.position;
    this.#end = this.#start + size;
    this.#bodyEnd = this.#end - longestOvershoot;
    this.#section = size <= historySize ? "tail" : "lead";
    this.#writer.writeBytes(plainGzipHeader);
    this.#fixedBlock = new FixedBlock(this.#writer, this.#section === "tail");
    this.#writeLiterals(window.taken);
  }

  /** Bytes of the range that were not taken yet. */
  get rest(): number {
    return this.#end - this.#window.position;
  }

  /** How far the decoder may go in one step towards `limit`, an index of the window not behind the range. */
  limitStep(limit: number): number {
    return this.#section === "body"
      ? Math.min(limit, this.#window.indexOf(this.#bodyEnd))
      : this.#window.end + 1;
  }

  /** To be called when the header of a block was read that began at a bit of the input. */
  addBlock(headerBit: number): void {
    if (this.#section !== "body") {
      return;
    }
    if (this.#block.stored) {
      this.#startStoredBlock();
    } else if (this.#block.last) {
      this.#writer.write(0, 1);
      this.#writer.copy(this.#input, headerBit + 1);
    } else {
      this.#writer.copy(this.#input, headerBit);
    }
  }

  /** To be called after each step of the decoder that began at a bit of the input and an index of the window. */
  addStep(fromBit: number, from: number): void {
    if (this.#section === "body") {
      this.#writer.copy(this.#input, fromBit);
    } else if (this.#window.end > from) {
      this.#writeSymbol(from);
    }
    const { decoded } = this.#window;
    if (this.#section === "lead" && decoded >= this.#start + historySize) {
      this.#endLead(decoded);
    } else if (this.#section === "body" && decoded >= this.#bodyEnd) {
      this.#endBody();
    }
  }

  /** To be called with the CRC-32 and the number of the bytes that are taken from the window. */
  addBytes(crc: number, count: number): void {
    this.#crc = combineCrc32(this.#crc, crc, count);
  }

  /** Ends the blob when all of the range was taken. */
  finish(): SplicedBlob {
    this.#fixedBlock.end();
    this.#writer.fillByte();
    this.#writer.writeBytes(uint32(this.#crc));
    this.#writer.writeBytes(uint32(this.#end - this.#start));
    return this.#writer.finish();
  }

  #endLead(decoded: number): void {
    this.#fixedBlock.end();
    if (decoded >= this.#bodyEnd) {
      this.#startTail();
      return;
    }
    this.#section = "body";
    if (this.#block.stored) {
      this.#startStoredBlock();
    } else {
      this.#repeatHeader();
    }
  }

  /** Stored blocks start at whole bytes of the blob, so their headers are made anew; what is empty is left out. */
  #startStoredBlock(): void {
    const size = Math.min(this.#block.storedRest, this.#bodyEnd - this.#window.decoded);
    if (size > 0) {
      this.#writer.write(0, 3);
      this.#writer.fillByte();
      this.#writer.write(size, 16);
      this.#writer.write(size ^ 0xffff, 16);
    }
  }

  /** Opens the block that the stream is in once more, as one that is not the last. */
  #repeatHeader(): void {
    const { bytes, bitCount } = this.#block.header;
    for (let bit = 0; bit < bitCount; bit += 8) {
      const byte = bytes[bit >>> 3]!;
      this.#writer.write(bit === 0 ? byte & ~1 : byte, Math.min(8, bitCount - bit));
    }
  }

  #endBody(): void {
    if (!this.#block.stored) {
      const { bits, length } = this.#block.endCode;
      this.#writer.write(bits, length);
    }
    this.#startTail();
  }

  #startTail(): void {
    this.#section = "tail";
    this.#fixedBlock = new FixedBlock(this.#writer, true);
  }

  /** Writes the symbol that gave the window's bytes from an index on. */
  #writeSymbol(from: number): void {
    const { end, lastDistance } = this.#window;
    const within = end <= this.#window.indexOf(this.#end);
    const reachable = lastDistance <= from - this.#window.indexOf(this.#start);
    if (lastDistance > 0 && reachable && within) {
      this.#fixedBlock.writeMatch(end - from, lastDistance);
    } else {
      this.#writeLiterals(from);
    }
  }

  #writeLiterals(from: number): void {
    const end = Math.min(this.#window.end, this.#window.indexOf(this.#end));
    for (let at = from; at < end; at++) {
      this.#fixedBlock.writeLiteral(this.#window.bytes[at]!);
    }
  }
}

function uint32(value: number): number[] {
  return [value, value >>> 8, value >>> 16, value >>> 24].map((byte) => byte & 255);
}
