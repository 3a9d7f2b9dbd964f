import { parentPort, workerData } from "node:worker_threads";
import { ChunkQueue } from "../stream/chunk-queue.ts";
import { scanArchive, type ScanInput } from "./scan-archive.ts";
import {
  errorFromData,
  errorToData,
  type MessageFromScan,
  type MessageToScan,
  type ScanOrder,
} from "./scan-messages.ts";

// The thread that scans one archive: it is started with a `ScanOrder` and ended by who started it.
if (parentPort) void answer(parentPort, workerData as ScanOrder);

async function answer(port: NonNullable<typeof parentPort>, { path, settings }: ScanOrder): Promise<void> {
  const send = (message: MessageFromScan): void => port.postMessage(message);
  const input: ScanInput = path === undefined ? { chunks: receiveChunks(port, send) } : { path };
  try {
    const onProgress = (read: number, total: number | undefined): void =>
      send({ type: "progress", read, total });
    send({ type: "done", index: await scanArchive(input, { ...settings, onProgress }) });
  } catch (error) {
    send({ type: "failed", error: errorToData(error) });
  }
}

function receiveChunks(
  port: NonNullable<typeof parentPort>,
  send: (message: MessageFromScan) => void,
): AsyncIterable<Uint8Array> {
  const queue = new ChunkQueue((size) => send({ type: "used", size }));
  port.on("message", (message: MessageToScan) => {
    if (message.type === "chunk") queue.push(message.bytes);
    else queue.end(message.type === "failed" ? errorFromData(message.error) : undefined);
  });
  return queue;
}
