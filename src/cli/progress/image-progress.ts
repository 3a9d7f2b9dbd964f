import type { Digest } from "../../oci/digest.ts";
import type { ImageParts, LoadEvent } from "../../transfer/report/events.ts";

type Uploading = Omit<Extract<LoadEvent, { type: "uploading" }>, "type">;
type BlobEvent = Pick<Extract<LoadEvent, { type: "blob" }>, "digest" | "size" | "stored">;

/** How much of an image is where it goes; a try that starts again takes nothing back. */
export class ImageProgress {
  readonly parts: ImageParts | undefined;
  readonly #sent = new Map<Digest, number>();
  /** Bytes as they are read, of blobs under way. */
  readonly #partial = new Map<Digest, number>();
  #finished = 0;
  #reached = 0;
  #blobs = 0;

  constructor(parts?: ImageParts) {
    this.parts = parts;
  }

  get blobs(): number {
    return Math.min(this.#blobs, this.parts?.blobs ?? Infinity);
  }

  /** Where they are read from: what they become is not known before. */
  get bytes(): number {
    return Math.min(this.#reached, this.parts?.bytes ?? Infinity);
  }

  /** Gives how many bytes more than ever before were sent. */
  send({ digest, size, sent, stored = size }: Uploading): number {
    const before = this.#sent.get(digest) ?? 0;
    if (sent <= before) return 0;
    this.#sent.set(digest, sent);
    this.#partial.set(digest, (sent / Math.max(size, 1)) * stored);
    this.#reach();
    return sent - before;
  }

  finishBlob({ digest, size, stored = size }: BlobEvent): void {
    this.#blobs++;
    this.#partial.delete(digest);
    this.#finished += stored;
    this.#reach();
  }

  /** It is there: also what was not looked at blob by blob. */
  finish(): void {
    this.#blobs = this.parts?.blobs ?? this.#blobs;
    this.#reached = this.parts?.bytes ?? this.#reached;
  }

  #reach(): void {
    let reached = this.#finished;
    for (const bytes of this.#partial.values()) reached += bytes;
    this.#reached = Math.max(this.#reached, reached);
  }
}
