import type { CompressedInput } from "./compressed-input.ts";
import { decodeSymbolsWasm } from "./decode-symbols-wasm.ts";
import type { OutputWindow } from "./output-window.ts";

/** Bytes of input that must be available for the decoder to make a step. */
export const decodeMargin = 32;

/** In the order of their numbers in assembly/decoder/decode-symbols.ts. */
const stops = ["margin", "endOfBlock", "noSymbol", "tooFar"] as const;

export type DecodeStop = (typeof stops)[number];

/** Of assembly/decoder/decode-symbols.ts, which has the docstrings. */
interface DecoderExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly literals: WasmGlobal;
  readonly distances: WasmGlobal;
  readonly input: WasmGlobal;
  readonly window: WasmGlobal;
  readonly end: WasmGlobal;
  readonly nextBit: WasmGlobal;
  readonly windowEnd: WasmGlobal;
  decodeSymbols(bit: number, inputEnd: number, from: number, limit: number, memberStart: number): number;
}

interface WasmGlobal {
  readonly value: number;
}

/** Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const module = new WebAssembly.Module(Buffer.from(decodeSymbolsWasm, "base64"));

/**
 * The loop that takes most of the time, in WebAssembly, which runs it half as fast again as the same in TypeScript; and the
 * memory, 590 kB, in which it finds what everybody else reads and writes as arrays: the code tables, the input and the window.
 */
export class SymbolDecoder {
  readonly literals: Int32Array;
  readonly distances: Int32Array;
  readonly input: Uint8Array;
  readonly window: Uint8Array;
  readonly #exports: DecoderExports;

  constructor() {
    this.#exports = new WebAssembly.Instance(module).exports as DecoderExports;
    const { memory, literals, distances, input, window, end } = this.#exports;
    const { buffer } = memory;
    this.literals = new Int32Array(buffer, literals.value, (distances.value - literals.value) / 4);
    this.distances = new Int32Array(buffer, distances.value, (input.value - distances.value) / 4);
    this.input = new Uint8Array(buffer, input.value, window.value - input.value);
    this.window = new Uint8Array(buffer, window.value, end.value - window.value);
  }

  /**
   * Decodes symbols of a compressed block, whose codes are in the tables, until one less than `limit` or more of the window
   * is filled, or until the input runs low. It stops between two symbols, and never behind the first such place at or after
   * `limit`. Input and window must be over this decoder's memory.
   */
  decode(input: CompressedInput, window: OutputWindow, limit: number): DecodeStop | undefined {
    const decoder = this.#exports;
    const stop = decoder.decodeSymbols(input.bit, input.end, window.end, limit, window.memberStart);
    input.bit = decoder.nextBit.value;
    window.end = decoder.windowEnd.value;
    return stops[stop];
  }
}
