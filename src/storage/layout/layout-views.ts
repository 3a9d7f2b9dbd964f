import { createHash, randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { emptyIndex, formatIndexDocument, type IndexDocument, parseIndexDocument } from "./index-document.ts";
import type { LayoutFiles } from "./layout-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";
import { tryParse } from "./try-parse.ts";

/** A state of `index.json`. */
export interface IndexState {
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly hash: string;
  /** Undefined where it is no index: half written by another tool, say. */
  readonly document: IndexDocument | undefined;
}

interface ViewRecord {
  /** Name of its file: the hash, a dot, and what tells it from one of the same content. */
  readonly id: string;
  /** Views that it took the place of, by their ids; none as long as it is not certain that it did. */
  readonly parents: readonly string[];
  readonly document: IndexDocument;
  readonly writtenAt: number;
}

/** Behind the id of a view that is about to be written. */
const intendedSuffix = ".next";

/** Views that another has taken the place of are remembered for as many views: a slower writer may put one back. */
const keptViews = 4;

/**
 * `index.json` as a view of the tags, for other tools. Each view is recorded before it is written, with those that it takes
 * the place of: a state that is recorded is ours, and what another one says that differs from our last is somebody else's.
 */
export class LayoutViews {
  readonly #files: LayoutFiles;
  readonly #paths: LayoutPaths;

  constructor(files: LayoutFiles, paths: LayoutPaths) {
    this.#files = files;
    this.#paths = paths;
  }

  /** Changes whenever `index.json` does: a rename gives it another inode. Undefined where there is none. */
  async version(): Promise<string | undefined> {
    const stats = await this.#files.stat(this.#paths.index);
    return stats && `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
  }

  async readIndex(): Promise<IndexState | undefined> {
    const bytes = await this.#files.read(this.#paths.index);
    return bytes && { hash: hashOf(bytes), document: tryParse(() => parseIndexDocument(bytes)) };
  }

  async isOurs({ hash }: IndexState): Promise<boolean> {
    return (await this.#files.list(this.#paths.views)).some((id) => hasHash(id, hash));
  }

  /** Our last views: one, or several where several processes wrote theirs at once. */
  async readLast(): Promise<readonly ViewRecord[]> {
    return withoutReplaced(await this.#readAll());
  }

  async #readAll(): Promise<readonly ViewRecord[]> {
    const records: ViewRecord[] = [];
    for (const name of await this.#files.list(this.#paths.views)) {
      const path = join(this.#paths.views, name);
      const isIntended = name.endsWith(intendedSuffix);
      const [stats, bytes] = [await this.#files.stat(path), await this.#files.read(path)];
      const end = bytes?.indexOf("\n") ?? -1;
      if (!stats || !bytes || end < 0) continue;
      const document = tryParse(() => parseIndexDocument(bytes.subarray(end + 1)));
      const parents = isIntended ? [] : bytes.subarray(0, end).toString().split(" ");
      const id = isIntended ? name.slice(0, -intendedSuffix.length) : name;
      if (document) records.push({ id, parents, document, writtenAt: stats.mtimeMs });
    }
    return records;
  }

  /** Writes a view; false where `index.json` says the same already. */
  async write(document: IndexDocument): Promise<boolean> {
    const content = formatIndexDocument(document);
    const state = { hash: hashOf(content), document };
    if ((await this.readIndex())?.hash === state.hash) {
      await this.record(state);
      return false;
    }
    const intended = await this.#record(state, intendedSuffix);
    await this.#files.write(this.#paths.index, content);
    await this.#files.replace(intended, intended.slice(0, -intendedSuffix.length));
    await this.#forgetOld();
    return true;
  }

  /** Makes the state of `index.json` known as one whose every change has been seen to. */
  async record(state: IndexState): Promise<void> {
    const last = await this.readLast();
    if (last.length !== 1 || !hasHash(last[0]?.id ?? "", state.hash)) await this.#record(state, "");
  }

  async #record({ hash, document = emptyIndex }: IndexState, suffix: string): Promise<string> {
    const path = join(this.#paths.views, `${hash}.${randomUUID()}${suffix}`);
    const parents = (await this.readLast()).map(({ id }) => id).join(" ");
    await this.#files.write(path, `${parents}\n${formatIndexDocument(document)}`);
    return path;
  }

  async #forgetOld(): Promise<void> {
    const records = await this.#readAll();
    const last = new Set(withoutReplaced(records));
    const old = records.filter((view) => !last.has(view)).sort((a, b) => b.writtenAt - a.writtenAt);
    for (const { id } of old.slice(keptViews)) await rm(join(this.#paths.views, id), { force: true });
  }
}

function withoutReplaced(records: readonly ViewRecord[]): readonly ViewRecord[] {
  const replaced = new Set(records.flatMap(({ parents }) => parents));
  return records.filter(({ id }) => !replaced.has(id));
}

function hasHash(id: string, hash: string): boolean {
  return id.startsWith(`${hash}.`);
}

function hashOf(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
