import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { adoptImage } from "../layout/adopt-images.ts";
import { findForeignChanges, type ForeignChange } from "../layout/find-foreign-changes.ts";
import { isSameEntry, type Tags } from "../layout/index-document.ts";
import type { LayoutFiles } from "../layout/layout-files.ts";
import type { LayoutLinks } from "../layout/layout-links.ts";
import type { LayoutPaths } from "../layout/layout-paths.ts";
import { LayoutTags, type TagEntry } from "../layout/layout-tags.ts";
import { type IndexState, LayoutViews } from "../layout/layout-views.ts";

export interface Layout {
  readonly files: LayoutFiles;
  readonly paths: LayoutPaths;
  readonly links: LayoutLinks;
}

/** For how many milliseconds no tag may have moved before `index.json` is written, and before a failed write is tried again. */
const quietTime = 1000;
const retryTime = 10_000;
/** Others may move tags while a view is written: then it is written again, but not for ever. */
const maxViews = 10;

/**
 * All tags of a folder. Their files are the truth; `index.json` is a view of them for other tools, written when things are
 * quiet, and what those tools have changed in it is adopted. A folder that is only read has those changes in memory.
 */
export class TagCatalog {
  readonly #layout: Layout;
  readonly #readOnly: boolean;
  readonly #tags: LayoutTags;
  readonly #views: LayoutViews;
  /** Changes of other tools, in a folder that is only read. */
  readonly #overlay = new Map<string, Map<string, Descriptor | undefined>>();
  #version: string | undefined;
  #looking: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(layout: Layout, readOnly: boolean) {
    this.#layout = layout;
    this.#readOnly = readOnly;
    this.#tags = new LayoutTags(layout.files, layout.paths, layout.links);
    this.#views = new LayoutViews(layout.files, layout.paths);
  }

  async read(repository: string, tag: string): Promise<Descriptor | undefined> {
    await this.refresh();
    const changes = this.#overlay.get(repository);
    return changes?.has(tag) ? changes.get(tag) : this.#tags.read(repository, tag);
  }

  /** The tags of a repository, in code unit order. */
  async list(repository: string): Promise<ReadonlyMap<string, Descriptor>> {
    await this.refresh();
    const tags = new Map(await this.#tags.list(repository));
    for (const [tag, descriptor] of this.#overlay.get(repository) ?? []) {
      if (descriptor) tags.set(tag, descriptor);
      else tags.delete(tag);
    }
    return new Map([...tags].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Repositories that have a link or a file for a tag, whether that holds or not. */
  async listRepositories(): Promise<ReadonlySet<string>> {
    await this.refresh();
    const names = new Set(this.#overlay.keys());
    for await (const name of this.#layout.links.walkRepositories()) names.add(name);
    return names;
  }

  async move(repository: string, tag: string, entry: TagEntry): Promise<void> {
    await this.refresh();
    const current = await this.#tags.read(repository, tag);
    if (isSameEntry(current, entry.descriptor)) return;
    await this.#tags.write(repository, tag, entry);
    this.#writeSoon();
  }

  /** False where there is no such tag. */
  async delete(repository: string, tag: string): Promise<boolean> {
    const found = await this.read(repository, tag);
    const removed = await this.#tags.remove(repository, tag);
    this.#writeSoon();
    return removed && found !== undefined;
  }

  /** Takes all tags off a manifest. */
  async deleteAllOn(repository: string, digest: Digest): Promise<void> {
    for (const [tag, target] of await this.list(repository)) {
      if (target.digest === digest) await this.#tags.exchange(repository, tag, digest, undefined);
    }
    this.#writeSoon();
  }

  /** Tags whose files are there and do not hold, since their manifest has gone, or they are damaged; with what they are on. */
  async listDead(repository: string): Promise<ReadonlyMap<string, Digest | undefined>> {
    const alive = await this.#tags.list(repository);
    const dead = new Map<string, Digest | undefined>();
    for (const tag of await this.#tags.listNames(repository)) {
      if (!alive.has(tag)) dead.set(tag, (await this.#tags.readEntry(repository, tag))?.descriptor.digest);
    }
    return dead;
  }

  /** Takes the files of tags away that do not hold. */
  async forgetDead(repository: string): Promise<void> {
    for (const tag of (await this.listDead(repository)).keys()) {
      await this.#tags.exchange(repository, tag, undefined, undefined);
    }
  }

  /** Takes over what other tools have changed in `index.json`. Throws `LAYOUT_INVALID` where the folder is gone. */
  async refresh(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #look(): Promise<void> {
    const version = await this.#views.version();
    if (version === this.#version && version !== undefined) return;
    const state = await this.#views.readIndex();
    if (!state) return this.#checkFolder();
    this.#overlay.clear();
    if (!(await this.#views.isOurs(state))) await this.#adopt(state);
    this.#version = version;
    this.#writeSoon();
  }

  /** Without its view a folder that we write to is as good as ever, and the view is soon there again. */
  async #checkFolder(): Promise<void> {
    const { files, paths } = this.#layout;
    if (this.#readOnly || (await files.size(paths.format)) === undefined) {
      throw new AirgapError("LAYOUT_INVALID", `Cannot read "${paths.root}": it has no index.json`);
    }
    this.#writeSoon();
  }

  async #adopt(state: IndexState): Promise<void> {
    if (!state.document) {
      if (!this.#readOnly) return;
      throw new AirgapError("LAYOUT_INVALID", `Cannot read "${this.#layout.paths.index}": it is no index`);
    }
    const views = (await this.#views.readLast()).map(({ document }) => document.tags);
    for (const change of findForeignChanges(state.document.tags, views)) await this.#adoptChange(change);
    if (!this.#readOnly) await this.#views.record(state);
  }

  async #adoptChange({ repository, tag, descriptor, before }: ForeignChange): Promise<void> {
    const current = (await this.#tags.read(repository, tag))?.digest;
    if (!before.has(current)) return;
    if (this.#readOnly) {
      const changes = this.#overlay.get(repository) ?? new Map<string, Descriptor | undefined>();
      this.#overlay.set(repository, changes.set(tag, descriptor));
      return;
    }
    const link = descriptor && (await adoptImage(this.#layout, repository, descriptor));
    const entry = descriptor && { descriptor, generation: link?.generation };
    await this.#tags.exchange(repository, tag, current, entry);
  }

  /** Entries of `index.json` that are no tags of ours. */
  async readForeign(): Promise<readonly Descriptor[]> {
    const current = (await this.#views.readIndex())?.document;
    if (current) return current.foreign;
    return (await this.#views.readLast())[0]?.document.foreign ?? [];
  }

  /** Writes `index.json` as the tags are now; whoever writes last has seen what all others moved before. */
  writeView(): Promise<void> {
    const writing = this.#writing.then(() => this.#writeUntilSame());
    this.#writing = writing.catch(() => {});
    return writing;
  }

  async #writeUntilSame(): Promise<void> {
    for (let i = 0; i < maxViews; i++) {
      await this.refresh();
      clearTimeout(this.#timer);
      this.#timer = undefined;
      const foreign = await this.readForeign();
      if (!(await this.#views.write({ tags: await this.#readAll(), foreign }))) break;
    }
  }

  async #readAll(): Promise<Tags> {
    const all = new Map<string, ReadonlyMap<string, Descriptor>>();
    for await (const repository of this.#layout.links.walkRepositories()) {
      all.set(repository, await this.#tags.list(repository));
    }
    return all;
  }

  #writeSoon(after: number = quietTime): void {
    if (this.#readOnly) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.writeView().catch(() => this.#writeSoon(retryTime));
    }, after).unref();
  }

  /** Writes the view if it may be old. */
  async close(): Promise<void> {
    if (this.#timer) await this.writeView();
    clearTimeout(this.#timer);
    await this.#writing;
  }
}
