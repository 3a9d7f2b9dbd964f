import type { Worker } from "node:worker_threads";
import type { ArchiveIndex } from "../index/archive-index.ts";
import { scanArchive, type ScanInput } from "./scan-archive.ts";
import { errorFromData, type MessageFromScan, type MessageToScan } from "./scan-messages.ts";
import type { ScanOptions } from "../index/scan-options.ts";
import {
  endScanThread,
  hasCoreBeside,
  hasScanThreads,
  leaveScanThread,
  takeScanThread,
} from "./scan-threads.ts";
import { WorkerFeed } from "./worker-feed.ts";

/**
 * {@link scanArchive} in a thread of its own: a file is opened there, a stream is handed over chunk by chunk, no faster than
 * it is read. Aborting ends the thread at once. Run from its TypeScript sources, where there is no compiled worker, it
 * scans in this thread.
 */
export async function scanInWorker(input: ScanInput, options: ScanOptions): Promise<ArchiveIndex> {
  if (!hasScanThreads) return scanArchive(input, options);
  const { onProgress, signal, makeSha256: _, ...settings } = options;
  signal?.throwIfAborted();
  const worker = takeScanThread();
  const path = "path" in input ? input.path : undefined;
  const order: MessageToScan = { type: "scan", path, settings, hashesBeside: hasCoreBeside() };
  worker.postMessage(order, []);
  const feed = "chunks" in input ? new WorkerFeed(worker, input.chunks) : undefined;
  try {
    const index = await receiveIndex(worker, feed, { onProgress, signal });
    if (feed) await endScanThread(worker);
    else leaveScanThread(worker);
    return index;
  } catch (error) {
    await endScanThread(worker);
    throw error;
  } finally {
    feed?.stop();
  }
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
