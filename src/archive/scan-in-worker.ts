import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import type { ArchiveIndex } from "./archive-index.ts";
import { scanArchive, type ScanInput } from "./scan-archive.ts";
import { errorFromData, type MessageFromScan, type ScanOrder } from "./scan-messages.ts";
import type { ScanOptions } from "./scan-options.ts";
import { WorkerFeed } from "./worker-feed.ts";

/** What a single executable carries the bundled worker as (decision 23). */
export const scanWorkerAsset = "scan-worker.js";

/**
 * {@link scanArchive} in a thread of its own: a file is opened there, a stream is handed over chunk by chunk, no faster than
 * it is read. Aborting ends the thread at once. Run from its TypeScript sources, where there is no compiled worker, it
 * scans in this thread.
 */
export async function scanInWorker(input: ScanInput, options: ScanOptions): Promise<ArchiveIndex> {
  if (!isSea() && import.meta.url.endsWith(".ts")) return scanArchive(input, options);
  const { onProgress, signal, ...settings } = options;
  signal?.throwIfAborted();
  const worker = startWorker({ path: "path" in input ? input.path : undefined, settings });
  const feed = "chunks" in input ? new WorkerFeed(worker, input.chunks) : undefined;
  try {
    return await receiveIndex(worker, feed, { onProgress, signal });
  } finally {
    feed?.stop();
    await worker.terminate();
  }
}

function startWorker(workerData: ScanOrder): Worker {
  if (isSea()) return new Worker(getAsset(scanWorkerAsset, "utf8"), { eval: true, workerData });
  return new Worker(new URL("./scan-worker.js", import.meta.url), { workerData });
}

function receiveIndex(
  worker: Worker,
  feed: WorkerFeed | undefined,
  { onProgress, signal }: Pick<ScanOptions, "onProgress" | "signal">,
): Promise<ArchiveIndex> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: MessageFromScan) => {
      if (message.type === "progress") onProgress?.(message.read, message.total);
      if (message.type === "used") feed?.onUsed(message.size);
      if (message.type === "done") resolve(message.index);
      if (message.type === "failed") reject(errorFromData(message.error));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`the scanning thread ended with code ${code}`)));
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
