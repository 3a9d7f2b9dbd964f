import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BatchWriter } from "../../storage/directory/batch-writer.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { nameSplitPart, readSplitPart, type SplitPart } from "../../oci/split-part.ts";

/** A file that was written as a whole, or in parts. */
export interface WrittenParts {
  /** In bytes, of all parts together. */
  readonly size: number;
  /** Hex, of all parts together. */
  readonly sha256: string;
  /** Hex by name, in order; none where all of it went into one file. */
  readonly parts: ReadonlyMap<string, string>;
}

/** What fits three digits: with more, `cat FILE.part*` would put them into another order. */
export const maxParts = 999;

/**
 * Writes bytes to `FILE.part001`, `FILE.part002` and so on, or to `FILE` where one part is enough. Nothing appears under these
 * names before all of it is written; parts of an earlier run go away then. The first part, which is the one that is opened,
 * appears last. Throws what writing throws, and `USAGE` where the parts are too many.
 */
export async function writeParts(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  partSize: number,
): Promise<WrittenParts> {
  const hash = createHash("sha256");
  let size = 0;
  const writer = new PartWriter(path, partSize);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      await writer.write(chunk);
    }
    return { size, sha256: hash.digest("hex"), parts: await writer.publish() };
  } finally {
    await writer.close();
  }
}

interface OpenPart {
  readonly file: FileHandle;
  readonly writer: BatchWriter;
  readonly hash: Hash;
  left: number;
}

class PartWriter {
  readonly #path: string;
  readonly #partSize: number;
  /** Hex, of what is written; in order. */
  readonly #sums: string[] = [];
  #current: OpenPart | undefined;

  constructor(path: string, partSize: number) {
    this.#path = path;
    this.#partSize = partSize;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      const part = (this.#current ??= await this.#open());
      const piece = rest.subarray(0, part.left);
      part.hash.update(piece);
      await part.writer.write(piece);
      part.left -= piece.length;
      rest = rest.subarray(piece.length);
      if (part.left === 0) await this.#finish(part);
    }
  }

  /** Gives the parts their names; resolves to their sums. */
  async publish(): Promise<ReadonlyMap<string, string>> {
    const part = this.#current ?? (this.#sums.length === 0 ? await this.#open() : undefined);
    if (part) await this.#finish(part);
    const isWhole = this.#sums.length === 1;
    const names = this.#sums.map((_, i) => (isWhole ? basename(this.#path) : this.#nameOf(i + 1)));
    const old = (await listParts(this.#path)).sort();
    for (const name of old) {
      if (isWhole || !names.includes(name) || name === names[0]) await this.#remove(name);
    }
    // The checksums of an earlier run would call these parts damaged.
    await this.#remove(`${basename(this.#path)}.sha256sum`);
    for (const [i, name] of [...names.entries()].reverse()) {
      await rename(this.#unfinished(i + 1), join(dirname(this.#path), name));
    }
    return new Map(isWhole ? [] : names.map((name, i) => [name, this.#sums[i] ?? ""]));
  }

  /** Takes away what has no name of its own. */
  async close(): Promise<void> {
    await this.#current?.file.close();
    const begun = this.#sums.length + (this.#current ? 1 : 0);
    for (let number = 1; number <= begun; number += 1) await rm(this.#unfinished(number), { force: true });
  }

  async #open(): Promise<OpenPart> {
    const number = this.#sums.length + 1;
    if (number > maxParts) throw tooManyParts(this.#path);
    const file = await open(this.#unfinished(number), "wx");
    return { file, writer: new BatchWriter(file), hash: createHash("sha256"), left: this.#partSize };
  }

  async #finish({ file, writer, hash }: OpenPart): Promise<void> {
    this.#current = undefined;
    this.#sums.push(hash.digest("hex"));
    try {
      await writer.flush();
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #remove(name: string): Promise<void> {
    await rm(join(dirname(this.#path), name), { force: true });
  }

  #nameOf(number: number): string {
    return nameSplitPart(firstPart(this.#path), number);
  }

  #unfinished(number: number): string {
    return join(dirname(this.#path), `${this.#nameOf(number)}.${process.pid}.unfinished`);
  }
}

function firstPart(path: string): SplitPart {
  return { stem: `${basename(path)}.part`, index: 1, width: 3, isLetters: false };
}

/** Of an earlier run, by name. */
async function listParts(path: string): Promise<string[]> {
  const first = firstPart(path);
  const names = await readdir(dirname(path));
  return names.filter((name) => {
    const part = readSplitPart(name);
    return part?.stem === first.stem && nameSplitPart(first, part.index) === name;
  });
}

/** Also where that is known before anything is written. */
export function tooManyParts(path: string): AirgapError {
  return new AirgapError("USAGE", `Cannot write "${path}": it would take more than ${maxParts} parts`, {
    exit: "usage",
    hint: "Give --split a larger size.",
  });
}
