import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { MakeSha256, Sha256 } from "../oci/digest.ts";
import { threadLimits } from "./thread-limits.ts";

/** In bytes, a power of two: how far the hashing may lag behind. */
const ringSize = 4 * 1024 * 1024;
/** Longest piece that is handed over at once. */
const mostHanded = ringSize / 4;
/** To wake a thread takes as long as to hash 100 KB, in virtual machines above all: it is done once for so many bytes. */
const worthWaking = ringSize / 4;
/** Hashes of less are made on the spot: they are worth no thread. */
const leastHanded = 2 * ringSize;

/** Of the control words: bytes put into the ring and taken out of it, which may wrap around; digests given. */
const put = 0;
const taken = 1;
const given = 2;
/** Byte offsets in the shared memory: of the last digest, and of the ring. */
const digestOffset = 16;
const ringOffset = 64;
/** Before each piece: the hash's number and the piece's length, 32 bits each. */
const headerSize = 8;
const wantsDigest = -1;

/** What the thread does, as text: it needs no file beside the program, compiled or bundled (decision 23). */
const script = `
const { createHash } = require("node:crypto");
const { workerData: memory } = require("node:worker_threads");
const control = new Int32Array(memory, 0, 3);
const digest = new Uint8Array(memory, ${digestOffset}, 32);
const ring = new Uint8Array(memory, ${ringOffset}, ${ringSize});
const words = new Int32Array(memory, ${ringOffset}, ${ringSize} / 4);
const hashes = new Map();
const hashOf = (id) => hashes.get(id) ?? hashes.set(id, createHash("sha256")).get(id);
let untold = 0;
const tellTaken = () => {
  untold = 0;
  Atomics.notify(control, ${taken});
};
for (;;) {
  const start = Atomics.load(control, ${taken});
  // Woken does not mean that there is more: the word may come late of a piece that was seen without it.
  while (Atomics.load(control, ${put}) === start) {
    if (untold > 0) tellTaken();
    Atomics.wait(control, ${put}, start);
  }
  const at = start & (${ringSize} - 1);
  const id = words[at / 4], length = words[at / 4 + 1];
  if (length === ${wantsDigest}) {
    digest.set(hashOf(id).digest());
    hashes.delete(id);
    Atomics.add(control, ${given}, 1);
    Atomics.notify(control, ${given});
  } else {
    const from = (at + ${headerSize}) & (${ringSize} - 1);
    const rest = from + length - ${ringSize};
    const hash = hashOf(id).update(ring.subarray(from, from + length));
    if (rest > 0) hash.update(ring.subarray(0, rest));
  }
  const size = ${headerSize} + ((Math.max(0, length) + 7) & ~7);
  Atomics.store(control, ${taken}, (start + size) | 0);
  untold += size;
  if (untold >= ${worthWaking}) tellTaken();
}
`;

/**
 * Makes SHA-256 sums in a thread beside the one that has the bytes, which is to be a worker too, since it waits without
 * giving way (deflate.md, "Two threads for one archive"). The thread starts with the first hash that is worth it.
 */
export class HashThread {
  readonly #memory = new SharedArrayBuffer(ringOffset + ringSize);
  readonly #control = new Int32Array(this.#memory, 0, 3);
  readonly #digest = Buffer.from(this.#memory, digestOffset, 32);
  readonly #ring = Buffer.from(this.#memory, ringOffset);
  readonly #words = new Int32Array(this.#memory, ringOffset);
  #worker: Worker | undefined;
  #hashes = 0;
  /** Bytes in the ring that the thread was not woken for. */
  #untold = 0;

  /** One hash of some `size` bytes; any number of them may be under way. */
  readonly makeHash: MakeSha256 = (size) => {
    if (size < leastHanded) return createHash("sha256");
    this.#worker ??= new Worker(script, {
      eval: true,
      workerData: this.#memory,
      resourceLimits: threadLimits,
    });
    const id = this.#hashes++;
    const hash: Sha256 = {
      update: (bytes) => {
        for (let at = 0; at < bytes.length; at += mostHanded) {
          this.#hand(id, bytes.subarray(at, at + mostHanded));
        }
        return hash;
      },
      digest: (encoding) => this.#ask(id).toString(encoding),
    };
    return hash;
  };

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #hand(id: number, bytes: Uint8Array): void {
    const start = this.#begin(id, bytes.length, bytes.length);
    const at = (start + headerSize) & (ringSize - 1);
    const first = Math.min(bytes.length, ringSize - at);
    // `set` copies to shared memory byte by byte where the two are not aligned alike.
    this.#ring.fill(bytes.subarray(0, first), at, at + first);
    if (first < bytes.length) this.#ring.fill(bytes.subarray(first), 0, bytes.length - first);
    this.#finish(start, bytes.length);
  }

  #ask(id: number): Buffer {
    const before = Atomics.load(this.#control, given);
    this.#finish(this.#begin(id, wantsDigest, 0), 0);
    this.#wake();
    while (Atomics.load(this.#control, given) === before) Atomics.wait(this.#control, given, before);
    return this.#digest;
  }

  /** Writes a piece's header as soon as there is room for the piece; gives where it is. */
  #begin(id: number, length: number, size: number): number {
    const start = Atomics.load(this.#control, put);
    for (;;) {
      const end = Atomics.load(this.#control, taken);
      if (((start - end) | 0) + placeOf(size) <= ringSize) break;
      this.#wake();
      Atomics.wait(this.#control, taken, end);
    }
    const word = (start & (ringSize - 1)) / 4;
    this.#words[word] = id;
    this.#words[word + 1] = length;
    return start;
  }

  #finish(start: number, size: number): void {
    Atomics.store(this.#control, put, (start + placeOf(size)) | 0);
    this.#untold += placeOf(size);
    if (this.#untold >= worthWaking) this.#wake();
  }

  #wake(): void {
    this.#untold = 0;
    Atomics.notify(this.#control, put);
  }
}

/** Pieces begin at multiples of eight. */
function placeOf(size: number): number {
  return headerSize + ((size + 7) & ~7);
}
