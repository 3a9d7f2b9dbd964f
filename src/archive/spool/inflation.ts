import { AirgapError } from "../../oci/airgap-error.ts";

/** In bytes, for archives of any size. */
const defaultMaxInflated: number = 64 * 1024 ** 3;
/** Real images come to ten times their compressed size; layers full of zeros to a thousand. */
const maxFactor = 200;

/** Bytes that come when they are asked for, at most so many; undefined at their end. */
export interface BytesToRead {
  read(limit: number): Promise<Uint8Array | undefined>;
}

/** Counts what comes out of an archive's compressed parts, and of those in them, against what went in. */
export class Inflation {
  readonly #sizeOfInput: () => number;
  readonly #least: number;
  #total = 0;

  /** `least` bytes are let through whatever the input's size is, which may still grow. */
  constructor(sizeOfInput: () => number, least: number = defaultMaxInflated) {
    this.#sizeOfInput = sizeOfInput;
    this.#least = least;
  }

  /** What is read from there counts. */
  count(source: BytesToRead): BytesToRead {
    return {
      read: async (limit) => {
        const bytes = await source.read(limit);
        if (bytes) this.add(bytes.length);
        return bytes;
      },
    };
  }

  /** Throws `ARCHIVE_TOO_LARGE`. */
  add(bytes: number): void {
    this.#total += bytes;
    if (this.#total <= this.#least || this.#total <= maxFactor * this.#sizeOfInput()) return;
    throw new AirgapError(
      "ARCHIVE_TOO_LARGE",
      `Cannot read archive: what is compressed in it comes to more than ${this.#least} bytes, and to more than ${maxFactor} times its size`,
      { hint: "No real image is like that. If this one is: --max-inflated BYTES." },
    );
  }
}
