import { AirgapError } from "../../oci/airgap-error.ts";
import type { Decoder } from "../../stream/decoder.ts";
import type { ScanOptions } from "../index/scan-options.ts";

/** Archives in archives: a vendor's tarball that holds another one is two deep. */
export const maxNesting = 4;
/** Far more than any release has. */
const maxArchives = 10_000;
/** Of what compressed archives inside an archive unpack to: binaries come to four times their size. */
const maxRatio = 200;
const freeSize = 1024 ** 3;

const unpackIt = "Unpack it, and load the archives in it one by one.";

/** What all archives inside one archive have in common, and how many of them may be read. */
export class Nesting {
  readonly options: ScanOptions;
  readonly createZstdDecoder: () => Decoder;
  readonly #readSoFar: () => number;
  #archives = 0;
  #unpacked = 0;

  /** `readSoFar` tells how many bytes of the outermost archive were read. */
  constructor(options: ScanOptions, createZstdDecoder: () => Decoder, readSoFar: () => number) {
    this.options = options;
    this.createZstdDecoder = createZstdDecoder;
    this.#readSoFar = readSoFar;
  }

  /** Whether more has come out of compressed ones than may. */
  get isOverfull(): boolean {
    const { maxInflated, maxNested = maxInflated ?? freeSize } = this.options;
    return this.#unpacked > Math.max(maxNested, maxRatio * this.#readSoFar());
  }

  /** To be called for every archive of images that is met; throws `ARCHIVE_INVALID` for too many. */
  countArchive(): void {
    this.#archives += 1;
    if (this.#archives > maxArchives) {
      throw tooMuch(`it holds more than ${maxArchives} archives`, unpackIt);
    }
  }

  /** To be called for all that comes out of a compressed one; throws `ARCHIVE_INVALID` for what is a bomb. */
  countUnpacked(size: number): void {
    this.#unpacked += size;
    if (this.isOverfull) {
      throw tooMuch(
        `the archives in it unpack to more than ${maxRatio} times its size`,
        `${unpackIt} If it is right: --max-inflated BYTES.`,
      );
    }
  }
}

function tooMuch(detail: string, hint: string): AirgapError {
  return new AirgapError("ARCHIVE_INVALID", `Cannot read archive: ${detail}`, { hint });
}
