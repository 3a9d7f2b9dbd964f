import { type FileHandle, open } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { Checkpoint } from "../inflate/checkpoint.ts";
import { GzipSplicer } from "./gzip-splicer.ts";

/** Where the bytes of a gzip stream can be read again: small plain data, fit for `postMessage`. */
export type GzipSource = FileBytes | InflatedBytes;

/** They are a file's, from byte `offset` on. */
export interface FileBytes {
  readonly path: string;
  /** Default 0. */
  readonly offset?: number;
}

/** They are a part of what another gzip stream holds. */
export interface InflatedBytes {
  readonly container: GzipSource;
  /** Of the other stream. */
  readonly checkpoint: Checkpoint;
  /** Uncompressed bytes of it between the checkpoint and byte `position` of this stream, before which nothing can be read. */
  readonly skip: number;
  readonly position: number;
}

/** A stream's bytes, read forwards. */
export interface ForwardBytes {
  /**
   * Fills the buffer from byte `offset` of the stream on, which must not lie before what was read last: how many bytes came,
   * fewer than there is room for only at the end.
   */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens the bytes of a source. What reading files throws is thrown by reading. */
export async function openSource(source: GzipSource): Promise<ForwardBytes> {
  if ("path" in source) return new FileReader(await open(source.path), source.offset ?? 0);
  return new InflatingReader(await openSource(source.container), source);
}

/** The file that a source comes from in the end. */
export function sourcePath(source: GzipSource): string {
  return "path" in source ? source.path : sourcePath(source.container);
}

/** For {@link GzipSplicer}: the next bytes of `bytes`, or the end. Returns how many there were. */
export async function feedFrom(
  splicer: GzipSplicer,
  bytes: ForwardBytes,
  buffer: Uint8Array,
  offset: number,
): Promise<number> {
  const count = await bytes.read(buffer, offset);
  if (count === 0) splicer.end();
  else splicer.feed(buffer.subarray(0, count));
  return count;
}

class FileReader implements ForwardBytes {
  readonly #file: FileHandle;
  readonly #offset: number;

  constructor(file: FileHandle, offset: number) {
    this.#file = file;
    this.#offset = offset;
  }

  async read(buffer: Uint8Array, offset: number): Promise<number> {
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#offset + offset);
    return bytesRead;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Bytes of a stream that are read at a time. */
export const readSize: number = 256 * 1024;

class InflatingReader implements ForwardBytes {
  readonly #container: ForwardBytes;
  readonly #splicer: GzipSplicer;
  readonly #buffer = new Uint8Array(readSize);
  readonly #source: InflatedBytes;
  /** In the container. */
  #offset: number;

  constructor(container: ForwardBytes, source: InflatedBytes) {
    this.#container = container;
    this.#source = source;
    this.#splicer = new GzipSplicer({ checkpoint: source.checkpoint });
    this.#offset = Math.floor(source.checkpoint.bitOffset / 8);
  }

  async read(buffer: Uint8Array, offset: number): Promise<number> {
    const { skip, position } = this.#source;
    const start = skip + offset - position;
    while (this.#splicer.position < start) {
      if (!(await this.#inflate(start - this.#splicer.position))) return 0;
    }
    for (let filled = 0; ;) {
      if (filled === buffer.length) return filled;
      const bytes = await this.#inflate(buffer.length - filled);
      if (!bytes) return filled;
      buffer.set(bytes, filled);
      filled += bytes.length;
    }
  }

  close(): Promise<void> {
    return this.#container.close();
  }

  async #inflate(limit: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const bytes = this.#splicer.read(limit);
      if (bytes === "end") return undefined;
      if (bytes !== "input") return bytes;
      this.#offset += await feedFrom(this.#splicer, this.#container, this.#buffer, this.#offset);
    }
  }
}

/** What reading a source again throws where it has become shorter. */
export function sourceChanged(source: GzipSource, offset: number): AirgapError {
  return new AirgapError(
    "ARCHIVE_CHANGED",
    `Cannot read "${printable(sourcePath(source))}" at byte ${offset}: the file was longer when its layers were found`,
    { hint: "Leave the archive alone until the load is done, then run it again" },
  );
}
