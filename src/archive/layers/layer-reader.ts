import type { LayerContents } from "../../content/image-source.ts";
import { binaryHeadSize, elfArchitecture, peArchitecture } from "./binary-architecture.ts";
import { cleanPath } from "../tar/clean-path.ts";
import { type TarEntry, TarParser } from "../tar/tar-parser.ts";

/** Room for table rows, in characters, shared by all layers of an archive; mutable. */
export interface TableRoom {
  left: number;
}

/** Some 100,000 rows in an archive, and 10,000 in one layer. */
export const maxTableRoom: number = 16 * 1024 * 1024;
const maxLayerRoom = 1024 * 1024;
/** Added to a row's characters for what it costs beside them. */
const rowCost = 64;
/** Longest path that a kernel opens. */
const maxPathLength = 4096;

/**
 * Follows the headers of a layer's tar, pushed in chunks of any size, and tells its binaries and links (decision 3). Paths
 * are relative to the root; a symbolic link's target is as written, a hard link's starts with a slash, since it is seen
 * from the root.
 */
export class LayerReader {
  readonly #parser: TarParser;
  readonly #archiveRoom: TableRoom;
  readonly #binaries: (readonly [string, string])[] = [];
  readonly #links: (readonly [string, string])[] = [];
  readonly #counts = new Map<string, number>();
  readonly #head = new Uint8Array(binaryHeadSize);
  #room = maxLayerRoom;
  #filled = 0;
  /** Of the file whose head is being collected. */
  #path: string | undefined;

  constructor(room: TableRoom = { left: maxTableRoom }) {
    this.#archiveRoom = room;
    this.#parser = new TarParser(
      {
        onEntry: (entry) => this.#beginEntry(entry),
        onData: (bytes) => this.#collect(bytes),
        onEntryEnd: () => this.#judge(),
      },
      { ignoreTrailing: true },
    );
  }

  /** Throws `ARCHIVE_DAMAGED`. */
  push(bytes: Uint8Array): void {
    this.#parser.push(bytes);
  }

  /** What was found, once all was pushed; throws `ARCHIVE_DAMAGED` where the tar is cut off. */
  end(): LayerContents {
    this.#parser.end();
    return { binaries: this.#binaries, links: this.#links, counts: this.#counts };
  }

  #beginEntry(entry: TarEntry): void {
    const path = cleanPath(entry.name.replace(/^\/+/, ""));
    if (entry.type === "symlink") this.#addRow(this.#links, path, entry.linkTarget);
    if (entry.type === "hardlink") {
      this.#addRow(this.#links, path, `/${cleanPath(entry.linkTarget.replace(/^\/+/, "")) ?? ""}`);
    }
    this.#filled = 0;
    this.#path = entry.type === "file" && !entry.isSparse ? path : undefined;
  }

  #collect(bytes: Uint8Array): void {
    if (this.#path === undefined) return;
    const part = bytes.subarray(0, this.#head.length - this.#filled);
    this.#head.set(part, this.#filled);
    this.#filled += part.length;
    const first = this.#head[0];
    const isPromising = first === 0x7f || first === 0x4d;
    if (!isPromising) this.#path = undefined;
    else if (this.#filled === this.#head.length) this.#judge();
  }

  #judge(): void {
    const path = this.#path;
    if (path === undefined) return;
    const architecture = architectureOf(path, this.#head.subarray(0, this.#filled));
    this.#path = undefined;
    if (architecture === undefined) return;
    this.#counts.set(architecture, (this.#counts.get(architecture) ?? 0) + 1);
    this.#addRow(this.#binaries, path, architecture);
  }

  #addRow(table: (readonly [string, string])[], path: string | undefined, value: string): void {
    if (path === undefined || path.length > maxPathLength || value.length > maxPathLength) return;
    const cost = rowCost + path.length + value.length;
    if (cost > Math.min(this.#room, this.#archiveRoom.left)) return;
    this.#room -= cost;
    this.#archiveRoom.left -= cost;
    table.push([path, value]);
  }
}

/** Windows layers keep their root under `Files`; a PE file elsewhere is cargo, such as Python's launchers for Windows. */
function architectureOf(path: string, head: Uint8Array): string | undefined {
  return path.startsWith("Files/") ? peArchitecture(head) : elfArchitecture(head);
}
