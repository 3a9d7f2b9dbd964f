import type { ImageParts, OnEvent, TaskProgress } from "./events.ts";

/** Counts blobs and bytes of something that takes long, and tells of it; never less than before. */
export class BlobTask {
  readonly #told: Pick<TaskProgress, "activity" | "title">;
  readonly #onEvent: OnEvent;
  #total: ImageParts | undefined;
  #blobs = 0;
  /** Of blobs that are done. */
  #bytes = 0;
  readonly #partial = new Map<object, number>();
  #most = 0;

  constructor(told: Pick<TaskProgress, "activity" | "title">, onEvent: OnEvent, total?: ImageParts) {
    this.#told = told;
    this.#onEvent = onEvent;
    this.#total = total;
  }

  /** As soon as it is known how much there is in all. */
  expect(total: ImageParts): void {
    this.#total = total;
    this.#tell();
  }

  /** The bytes of a blob that is now read. */
  async *read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const blob = {};
    let bytes = 0;
    try {
      for await (const chunk of chunks) {
        yield chunk;
        bytes += chunk.length;
        this.#partial.set(blob, bytes);
        this.#tell();
      }
    } finally {
      this.#partial.delete(blob);
      this.#bytes += bytes;
      this.#blobs++;
      this.#tell();
    }
  }

  end(): void {
    this.#onEvent({ type: "progress", ...this.#told, isOver: true });
  }

  #tell(): void {
    let bytes = this.#bytes;
    for (const part of this.#partial.values()) bytes += part;
    this.#most = Math.max(this.#most, bytes);
    const { bytes: total, blobs } = this.#total ?? {};
    this.#onEvent({
      type: "progress",
      ...this.#told,
      bytes: { done: Math.min(this.#most, total ?? Infinity), total },
      items: { noun: "blob", done: Math.min(this.#blobs, blobs ?? Infinity), total: blobs },
    });
  }
}

/** How much there is of blobs, each once. */
export function measureBlobs(
  blobs: Iterable<{ readonly digest: string; readonly size: number }>,
): ImageParts {
  const sizes = new Map(Array.from(blobs, ({ digest, size }) => [digest, size]));
  return { blobs: sizes.size, bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}
