import { availableParallelism } from "node:os";
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import { threadLimits } from "../../stream/thread-limits.ts";

/** What a single executable carries the bundled worker as (decision 23). */
export const scanWorkerAsset = "scan-worker.js";

/** Whether there is a compiled worker to start; there is none beside the TypeScript sources. */
export const hasScanThreads: boolean = isSea() || !import.meta.url.endsWith(".ts");

/** In milliseconds: the first archive of a run is read when its modules are loaded, the next one at once. */
const longIdleTime = 5000;
const shortIdleTime = 100;

/** How a thread may end by itself. */
const endings = ["error", "exit"] as const;

/** Archives that are still to be read, as far as is known, and threads that are reading. */
let expected = 0;
let scanning = 0;

/** Threads without a scan, and what will end them. */
const idle = new Map<Worker, NodeJS.Timeout>();

/** Starts threads for so many archives, at most one for each core: they get ready while the program does. */
export function prepareScanThreads(archives: number): void {
  if (!hasScanThreads) return;
  expected = archives;
  const count = Math.min(archives, availableParallelism());
  for (let started = 0; started < count; started += 1) keepIdle(startThread(), longIdleTime);
}

/** A thread to scan with; the one that has scanned last has its code compiled for speed, and its memory, already. */
export function takeScanThread(): Worker {
  expected = Math.max(0, expected - 1);
  scanning += 1;
  const found = [...idle].at(-1);
  if (!found) return startThread();
  const [thread, timer] = found;
  clearTimeout(timer);
  idle.delete(thread);
  for (const event of endings) thread.removeAllListeners(event);
  thread.ref();
  return thread;
}

/** Whether a scan that begins may have another core for its hashes: one is left, or soon will be. */
export function hasCoreBeside(): boolean {
  return availableParallelism() > 1 && expected === 0 && scanning <= availableParallelism();
}

/** Gives a thread back that has scanned: with no other archive to read it ends, and so does its memory. */
export function leaveScanThread(thread: Worker): void {
  scanning -= 1;
  keepIdle(thread, shortIdleTime);
}

/** Ends a thread that has not come to its end, or will not be used again. */
export async function endScanThread(thread: Worker): Promise<void> {
  scanning -= 1;
  await thread.terminate();
}

/** An idle thread keeps no process from ending. */
function keepIdle(thread: Worker, idleTime: number): void {
  thread.unref();
  const end = (): void => {
    idle.delete(thread);
    void thread.terminate();
  };
  for (const event of endings) thread.on(event, end);
  idle.set(thread, setTimeout(end, idleTime).unref());
}

function startThread(): Worker {
  const options = { resourceLimits: threadLimits };
  if (isSea()) return new Worker(getAsset(scanWorkerAsset, "utf8"), { eval: true, ...options });
  return new Worker(new URL("./scan-worker.js", import.meta.url), options);
}
