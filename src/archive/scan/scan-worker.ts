import { parentPort } from "node:worker_threads";
import { ChunkQueue } from "../../stream/chunk-queue.ts";
import { HashThread } from "../../stream/hash-thread.ts";
import { scanArchive } from "./scan-archive.ts";
import { listBuffers } from "../spool/list-buffers.ts";
import { errorFromData, errorToData, type MessageFromScan, type MessageToScan } from "./scan-messages.ts";

// The thread that scans archives, one after the other: it is started, told what to scan, and ended by `scanInWorker`.
if (parentPort) listen(parentPort);

function listen(port: NonNullable<typeof parentPort>): void {
  const send = (message: MessageFromScan): void => port.postMessage(message, listBuffers(message));
  const chunks = new ChunkQueue((size) => send({ type: "used", size }));
  port.on("message", (message: MessageToScan) => {
    if (message.type === "scan") void scan(message, chunks, send);
    else if (message.type === "chunk") chunks.push(message.bytes);
    else chunks.end(message.type === "failed" ? errorFromData(message.error) : undefined);
  });
}

async function scan(
  { path, settings, hashesBeside }: Extract<MessageToScan, { type: "scan" }>,
  chunks: ChunkQueue,
  send: (message: MessageFromScan) => void,
): Promise<void> {
  const onProgress = (read: number, total: number | undefined): void =>
    send({ type: "progress", read, total });
  const beside = hashesBeside ? new HashThread() : undefined;
  try {
    const input = path === undefined ? { chunks } : { path };
    const options = { ...settings, onProgress, makeSha256: beside?.makeHash };
    send({ type: "done", index: await scanArchive(input, options) });
  } catch (error) {
    send({ type: "failed", error: errorToData(error) });
  } finally {
    await beside?.end();
  }
}
