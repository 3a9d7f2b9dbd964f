import { Readable } from "node:stream";
import type { Worker } from "node:worker_threads";
import { errorToData, type MessageToScan } from "./scan-messages.ts";

/** Bytes on their way to the worker and not used there yet. */
const maxOutstanding = 4 * 1024 * 1024;

/** Hands a stream's chunks to a scanning worker, as fast as it uses them. */
export class WorkerFeed {
  readonly #worker: Worker;
  readonly #chunks: AsyncIterable<Uint8Array>;
  #outstanding = 0;
  #wake: (() => void) | undefined;
  #isStopped = false;

  constructor(worker: Worker, chunks: AsyncIterable<Uint8Array>) {
    this.#worker = worker;
    this.#chunks = chunks;
    void this.#run();
  }

  /** The worker has used so many bytes. */
  onUsed(size: number): void {
    this.#outstanding -= size;
    this.#wake?.();
  }

  /** Leaves the stream; one that waits for input would keep the process from ending. */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
    if (this.#chunks instanceof Readable) this.#chunks.destroy();
  }

  async #run(): Promise<void> {
    try {
      for await (const chunk of this.#chunks) {
        if (this.#isStopped) return;
        // Copied, since a chunk may be part of a buffer that others use.
        const bytes = new Uint8Array(chunk);
        this.#outstanding += bytes.length;
        this.#send({ type: "chunk", bytes }, [bytes.buffer]);
        while (this.#outstanding > maxOutstanding && !this.#isStopped) await this.#used();
      }
      this.#send({ type: "end" });
    } catch (error) {
      if (!this.#isStopped) this.#send({ type: "failed", error: errorToData(error) });
    }
  }

  #send(message: MessageToScan, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #used(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
