import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import type { ArchiveIndex } from "./archive-index.ts";
import { scanArchive, type ScanInput } from "./scan-archive.ts";
import { errorFromData, type MessageFromScan, type MessageToScan } from "./scan-messages.ts";
import type { ScanOptions } from "./scan-options.ts";
import { WorkerFeed } from "./worker-feed.ts";

/** What a single executable carries the bundled worker as (decision 23). */
export const scanWorkerAsset = "scan-worker.js";

/** In milliseconds: the next archive of a run starts at once. */
const idleTime = 1000;

/** Threads without a scan, and what will end them. */
const idle = new Map<Worker, NodeJS.Timeout>();

/**
 * {@link scanArchive} in a thread of its own: a file is opened there, a stream is handed over chunk by chunk, no faster than
 * it is read. Aborting ends the thread at once. Run from its TypeScript sources, where there is no compiled worker, it
 * scans in this thread.
 */
export async function scanInWorker(input: ScanInput, options: ScanOptions): Promise<ArchiveIndex> {
  if (!isSea() && import.meta.url.endsWith(".ts")) return scanArchive(input, options);
  const { onProgress, signal, ...settings } = options;
  signal?.throwIfAborted();
  const worker = takeIdle() ?? startWorker();
  const order: MessageToScan = { type: "scan", path: "path" in input ? input.path : undefined, settings };
  worker.postMessage(order, []);
  const feed = "chunks" in input ? new WorkerFeed(worker, input.chunks) : undefined;
  try {
    const index = await receiveIndex(worker, feed, { onProgress, signal });
    if (!feed) keepIdle(worker);
    return index;
  } finally {
    feed?.stop();
    if (!idle.has(worker)) await worker.terminate();
  }
}

function startWorker(): Worker {
  if (isSea()) return new Worker(getAsset(scanWorkerAsset, "utf8"), { eval: true });
  return new Worker(new URL("./scan-worker.js", import.meta.url));
}

/** A thread that has scanned before: its code is compiled for speed already, which saves a third of a second. */
function takeIdle(): Worker | undefined {
  for (const [worker, timer] of idle) {
    clearTimeout(timer);
    idle.delete(worker);
    worker.ref();
    return worker;
  }
  return undefined;
}

function keepIdle(worker: Worker): void {
  worker.unref();
  const end = (): void => {
    idle.delete(worker);
    void worker.terminate();
  };
  worker.on("error", end);
  idle.set(worker, setTimeout(end, idleTime).unref());
}

async function receiveIndex(
  worker: Worker,
  feed: WorkerFeed | undefined,
  { onProgress, signal }: Pick<ScanOptions, "onProgress" | "signal">,
): Promise<ArchiveIndex> {
  const received = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      worker.on("message", (message: MessageFromScan) => {
        if (message.type === "progress") onProgress?.(message.read, message.total);
        if (message.type === "used") feed?.onUsed(message.size);
        if (message.type === "done") resolve(message.index);
        if (message.type === "failed") reject(errorFromData(message.error));
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`the scanning thread ended with code ${code}`)));
      const onAbort = (): void => reject(signal?.reason as Error);
      signal?.addEventListener("abort", onAbort, { signal: received.signal });
    });
  } finally {
    received.abort();
    // Not all of them at once: some are Node's own.
    for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
  }
}
