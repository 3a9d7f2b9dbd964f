import { ZSTDDecoder as ZstdModule } from "zstddec/stream";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Decoder } from "./decoder.ts";

/** What zstddec's WebAssembly exports: zstd's streaming interface (zstd.h). */
interface ZstdExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

const pieceSize = 128 * 1024;
/** `{ pointer, size, position }`, 32 bits each. */
const bufferStructSize = 12;

/** Codes of zstd_errors.h that tell an operator something. */
const reasons = new Map([
  [10, "what follows is not a zstd frame"],
  [14, "a frame uses a feature that is not supported"],
  [16, "its window is larger than 128 MiB"],
  [20, "its data is corrupt"],
  [22, "its checksum does not match"],
  [32, "it needs a dictionary"],
  [64, "there is not enough memory for its window"],
]);
const windowTooLarge = 16;
const largestError = 120;

let loading: Promise<ZstdExports> | undefined;

/** Gets the WebAssembly ready, once, and gives what makes decoders without waiting. */
export async function loadZstd(): Promise<() => Decoder> {
  loading ??= loadExports();
  const exports = await loading;
  return () => new ZstdDecoder(exports);
}

/**
 * zstddec's own loops hide errors and the ends of frames, and go round for ever on corrupt input; its WebAssembly is
 * reached through the hook that its class declares.
 */
async function loadExports(): Promise<ZstdExports> {
  let exports: ZstdExports | undefined;
  class Hooked extends ZstdModule {
    override _init(result: Parameters<ZstdModule["_init"]>[0]): void {
      exports = result.instance.exports as unknown as ZstdExports;
      super._init(result);
    }
  }
  await new Hooked().init();
  if (typeof exports?.ZSTD_decompressStream !== "function") throw new Error("zstddec gives no decompressor");
  return exports;
}

/**
 * Decodes zstd: any number of frames and skippable frames, windows up to 128 MiB, checksums verified. What is cut off or
 * corrupt is an error (RFC 8878; zstd.h, streaming decompression).
 */
class ZstdDecoder implements Decoder {
  readonly #zstd: ZstdExports;
  #context: number;
  /** One allocation: the piece being read, the piece being written, and the two structs that describe them. */
  #memory: number;
  #chunk: Uint8Array = new Uint8Array(0);
  #taken = 0;
  /** Compressed bytes that went into zstd. */
  #position = 0;
  /** Of the input piece and of the output piece. */
  #inputSize = 0;
  #inputPosition = 0;
  #outputSize = 0;
  #outputPosition = 0;
  /** Zero at the end of a frame. */
  #result = 1;
  #isEnded = false;

  constructor(zstd: ZstdExports) {
    this.#zstd = zstd;
    this.#context = zstd.ZSTD_createDCtx();
    this.#memory = zstd.malloc(2 * pieceSize + 2 * bufferStructSize);
  }

  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#taken = 0;
  }

  end(): void {
    this.#isEnded = true;
  }

  read(limit: number): Uint8Array | "input" | "end" {
    while (this.#outputPosition === this.#outputSize) {
      const holdsMore = this.#result !== 0 && this.#outputSize === pieceSize;
      if (this.#inputPosition === this.#inputSize && !this.#takePiece() && !holdsMore) {
        return this.#isEnded ? this.#finish() : "input";
      }
      this.#decompress();
    }
    const size = Math.min(limit, this.#outputSize - this.#outputPosition);
    const start = this.#memory + pieceSize + this.#outputPosition;
    this.#outputPosition += size;
    return new Uint8Array(this.#zstd.memory.buffer, start, size);
  }

  close(): void {
    if (this.#context === 0) return;
    this.#zstd.ZSTD_freeDCtx(this.#context);
    this.#zstd.free(this.#memory);
    this.#context = 0;
  }

  /** Copies the next bytes of the chunk to where zstd can read them; false where there are none. */
  #takePiece(): boolean {
    const piece = this.#chunk.subarray(this.#taken, this.#taken + pieceSize);
    if (piece.length === 0) return false;
    new Uint8Array(this.#zstd.memory.buffer, this.#memory, piece.length).set(piece);
    this.#taken += piece.length;
    this.#inputSize = piece.length;
    this.#inputPosition = 0;
    return true;
  }

  #decompress(): void {
    const input = this.#memory + 2 * pieceSize;
    const output = input + bufferStructSize;
    const before = this.#inputPosition;
    this.#writeStruct(input, this.#memory, this.#inputSize, before);
    this.#writeStruct(output, this.#memory + pieceSize, pieceSize, 0);
    const result = this.#zstd.ZSTD_decompressStream(this.#context, output, input);
    if (result < 0 && result >= -largestError) throw this.#fail(-result);
    this.#result = result;
    this.#inputPosition = this.#readPosition(input);
    this.#outputSize = this.#readPosition(output);
    this.#outputPosition = 0;
    this.#position += this.#inputPosition - before;
  }

  #writeStruct(at: number, pointer: number, size: number, position: number): void {
    new Uint32Array(this.#zstd.memory.buffer, at, 3).set([pointer, size, position]);
  }

  #readPosition(at: number): number {
    return new Uint32Array(this.#zstd.memory.buffer, at, 3)[2] ?? 0;
  }

  #finish(): "end" {
    this.close();
    if (this.#result === 0) return "end";
    throw new AirgapError(
      "ARCHIVE_DAMAGED",
      `Cannot decompress zstd: it is cut off after ${this.#position} bytes`,
      {
        hint: "Copy or download the file again, and compare its checksum.",
      },
    );
  }

  #fail(code: number): AirgapError {
    this.close();
    const reason = reasons.get(code) ?? `zstd error ${code}`;
    const hint = code === windowTooLarge ? { hint: "Decompress it first: zstd -d --long=31 FILE." } : {};
    return new AirgapError(
      "ARCHIVE_DAMAGED",
      `Cannot decompress zstd at byte ${this.#position}: ${reason}`,
      hint,
    );
  }
}
