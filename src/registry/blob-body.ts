import type { ByteCounter, Opener } from "../content/repository.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { checkBytes } from "./check-bytes.ts";

export interface BlobBodyOptions {
  readonly descriptor: Descriptor;
  readonly open: Opener;
  /** For errors: `push blob "..." to "..."`. */
  readonly action: string;
  readonly onBytes?: ByteCounter | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One reading of a blob on its way into requests, and how far it came, for judging why an upload failed. */
export class BlobBody {
  /** What the source threw, or what was wrong with its bytes: no fault of the registry. */
  failure: unknown;
  /** Whether the last byte was taken: what follows is the registry's commit. */
  finished = false;
  readonly #options: BlobBodyOptions;

  constructor(options: BlobBodyOptions) {
    this.#options = options;
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const { descriptor, open, action, onBytes, signal } = this.#options;
    this.failure = undefined;
    this.finished = false;
    let sent = 0;
    onBytes?.(sent);
    try {
      for await (const chunk of checkBytes(descriptor, open(signal), action)) {
        yield chunk;
        sent += chunk.length;
        onBytes?.(sent);
      }
      this.finished = true;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
