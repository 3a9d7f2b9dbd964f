import { AirgapError } from "../../oci/airgap-error.ts";
import type { BitSink } from "./fixed-block.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { pushNumber } from "./packed-numbers.ts";
import type { Replay } from "./replay.ts";

/** A hundred times what a layer of 10 GB needs if its archive was written by gzip or pigz. */
const maxRecordSize = 64 * 1024 * 1024;

/** Writes down how a blob was made of bits of its own and ranges of its archive. */
export class ReplayRecorder implements BitSink {
  readonly #literals = new GrowingBytes();
  readonly #operations = new GrowingBytes();
  #bits = 0;
  #bitCount = 0;
  /** The operation that is not written down yet: bits of its own, then one range of the archive. */
  #literalCount = 0;
  #rangeStart = 0;
  #rangeCount = 0;
  #previousEnd = 0;

  /** Records bits that are not in the archive. */
  write(value: number, count: number): void {
    if (this.#rangeCount > 0) {
      this.#endOperation();
    }
    this.#literalCount += count;
    this.#bits |= value << this.#bitCount;
    this.#bitCount += count;
    for (; this.#bitCount >= 8; this.#bitCount -= 8) {
      this.#literals.push(this.#bits);
      this.#bits >>>= 8;
    }
  }

  /** Records a range of the archive's bits, which must not lie before the one before it. */
  copy(bitOffset: number, count: number): void {
    if (this.#rangeCount > 0 && bitOffset !== this.#rangeStart + this.#rangeCount) {
      this.#endOperation();
    }
    if (this.#rangeCount === 0) {
      this.#rangeStart = bitOffset;
    }
    this.#rangeCount += count;
  }

  /** What {@link replayBlob} needs for a blob of this size. */
  finish(size: number): Replay {
    this.#endOperation();
    this.#literals.push(this.#bits);
    return { size, literals: this.#literals.toBytes(), operations: this.#operations.toBytes() };
  }

  #endOperation(): void {
    const skipped = this.#rangeCount > 0 ? this.#rangeStart - this.#previousEnd : 0;
    pushNumber(this.#operations, this.#literalCount);
    pushNumber(this.#operations, skipped);
    pushNumber(this.#operations, this.#rangeCount);
    this.#previousEnd += skipped + this.#rangeCount;
    this.#literalCount = 0;
    this.#rangeCount = 0;
    if (this.#operations.length + this.#literals.length > maxRecordSize) {
      throw new AirgapError(
        "ARCHIVE_UNSUPPORTED",
        `Cannot cut a layer out of the gzip data: it lies in too many pieces (more than ${maxRecordSize} bytes of notes)`,
        { hint: "Unpack the archive with gunzip and load the .tar file" },
      );
    }
  }
}
