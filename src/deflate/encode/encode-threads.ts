import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { deflatePieceWasm } from "./deflate-piece-wasm.ts";

/** Of assembly/encoder/layout.ts. */
export const pieceSize: number = 1024 * 1024;
export const windowSize: number = 32 * 1024;

/** In milliseconds: layers follow one another, an archive's reading may lie between. */
const idleTime = 500;

/** Its data is in buffers: V8 would let the room for new objects grow to 48 MB. */
const resourceLimits = { maxYoungGenerationSizeMb: 2 };

/** Node's types leave it out. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

/** What a thread does, as text: it needs no file beside the program, compiled or bundled (decision 23). */
const script = `
const { parentPort, workerData } = require("node:worker_threads");
const encoder = new WebAssembly.Instance(workerData).exports;
const memory = new Uint8Array(encoder.memory.buffer);
parentPort.on("message", ({ bytes, start, end, level }) => {
  memory.set(bytes.subarray(start, end), encoder.input.value);
  const size = encoder.deflatePiece(${windowSize} - start, end - start, level);
  bytes.set(memory.subarray(encoder.output.value, encoder.output.value + size));
  parentPort.postMessage(size);
});
`;

/**
 * Memory that the threads share, for a piece: its history ends, and its content begins, at byte 32 Ki. What comes out of
 * the encoder takes its place.
 */
export type PieceBuffer = Uint8Array;

export interface Piece {
  readonly buffer: PieceBuffer;
  /** Bytes of the history and of the content. */
  readonly history: number;
  readonly size: number;
  readonly level: number;
}

interface Thread {
  readonly worker: Worker;
  ending?: NodeJS.Timeout;
}

let module: object | undefined;
let running = 0;
const idle: Thread[] = [];
const waiting: ((thread: Thread) => void)[] = [];

export function createPieceBuffer(): PieceBuffer {
  return new Uint8Array(new SharedArrayBuffer(windowSize + pieceSize));
}

/** Compresses a piece in a thread, of which there is one for each core; the size of what is then in its buffer. */
export async function encodePiece(piece: Piece): Promise<number> {
  const thread = await takeThread();
  try {
    const size = await encodeIn(thread, piece);
    leaveThread(thread);
    return size;
  } catch (error) {
    dropThread(thread);
    throw error;
  }
}

async function encodeIn({ worker }: Thread, { buffer, history, size, level }: Piece): Promise<number> {
  try {
    return await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`a compressing thread ended with code ${code}`)));
      const range = { start: windowSize - history, end: windowSize + size };
      worker.postMessage({ bytes: buffer, ...range, level }, []);
    });
  } finally {
    for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
  }
}

async function takeThread(): Promise<Thread> {
  const thread = idle.pop() ?? (running < availableParallelism() ? startThread() : undefined);
  if (!thread) return new Promise((resolve) => void waiting.push(resolve));
  clearTimeout(thread.ending);
  thread.worker.ref();
  return thread;
}

function startThread(): Thread {
  module ??= new WebAssembly.Module(Buffer.from(deflatePieceWasm, "base64"));
  running += 1;
  return { worker: new Worker(script, { eval: true, workerData: module, resourceLimits }) };
}

function leaveThread(thread: Thread): void {
  const next = waiting.shift();
  if (next) return next(thread);
  thread.worker.unref();
  thread.ending = setTimeout(() => {
    idle.splice(idle.indexOf(thread), 1);
    running -= 1;
    void thread.worker.terminate();
  }, idleTime).unref();
  idle.push(thread);
}

/** One that has failed answers nobody any more. */
function dropThread(thread: Thread): void {
  running -= 1;
  void thread.worker.terminate();
  waiting.shift()?.(startThread());
}
