import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";

type Content = string | Uint8Array;

/** Writes a tar entry by entry, the odd ones included. Order is kept, nothing is sorted or left out. */
export class TarBuilder {
  readonly #entries: Promise<Uint8Array>[] = [];

  file(name: string, content: Content): this {
    return this.#add({ name, type: "file" }, Buffer.from(content));
  }

  json(name: string, value: unknown): this {
    return this.file(name, JSON.stringify(value));
  }

  /** Files of an OCI layout: `blobs/sha256/<hex>`. */
  blobs(...blobs: readonly { readonly hex: string; readonly bytes: Uint8Array }[]): this {
    for (const { hex, bytes } of blobs) this.file(`blobs/sha256/${hex}`, bytes);
    return this;
  }

  folder(name: string): this {
    return this.#add({ name, type: "directory" });
  }

  symlink(name: string, target: string): this {
    return this.#add({ name, type: "symlink", linkname: target });
  }

  hardLink(name: string, target: string): this {
    return this.#add({ name, type: "link", linkname: target });
  }

  /** Bytes as they are, for what no writer writes. */
  raw(bytes: Uint8Array): this {
    this.#entries.push(Promise.resolve(bytes));
    return this;
  }

  /** The tar without its end mark. */
  async withoutEnd(): Promise<Buffer> {
    return Buffer.concat(await Promise.all(this.#entries));
  }

  async build(): Promise<Buffer> {
    return Buffer.concat([await this.withoutEnd(), Buffer.alloc(1024)]);
  }

  #add(header: Partial<Header> & { name: string }, content: Uint8Array = Buffer.alloc(0)): this {
    const tar = pack();
    tar.entry({ mtime: new Date(0), ...header }, content);
    tar.finalize();
    this.#entries.push(buffer(tar).then((bytes) => bytes.subarray(0, -1024)));
    return this;
  }
}
