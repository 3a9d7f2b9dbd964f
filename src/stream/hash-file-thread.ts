import { Worker } from "node:worker_threads";
import { threadLimits } from "./thread-limits.ts";

export interface HashFileOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of every piece, by its bytes. */
  readonly onRead?: ((size: number) => void) | undefined;
}

const pieceSize = 1024 * 1024;

/** What the thread does, as text: it needs no file beside the program, compiled or bundled (decision 23). */
const script = `
const { createHash } = require("node:crypto");
const { closeSync, openSync, readSync } = require("node:fs");
const { parentPort, workerData: path } = require("node:worker_threads");
const file = openSync(path, "r");
const piece = Buffer.allocUnsafeSlow(${pieceSize});
const hash = createHash("sha256");
for (let size; (size = readSync(file, piece)) > 0;) {
  hash.update(piece.subarray(0, size));
  parentPort.postMessage(size);
}
closeSync(file);
parentPort.postMessage(hash.digest("hex"));
`;

/**
 * The SHA-256 sum of a file in hex, made in a thread of its own: whoever waits for it goes on with other work. Throws what
 * reading throws, and the signal's reason at once.
 */
export async function hashFileInThread(
  path: string,
  { signal, onRead }: HashFileOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  const worker = new Worker(script, { eval: true, workerData: path, resourceLimits: threadLimits });
  const over = new AbortController();
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.on("message", (told: number | string) => {
        if (typeof told === "string") resolve(told);
        else onRead?.(told);
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`the hashing thread ended with code ${code}`)));
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { signal: over.signal });
    });
  } finally {
    over.abort();
    await worker.terminate();
  }
}
