import type { Repository, Store } from "../content/repository.ts";
import { platformKey } from "../oci/platform.ts";
import { type Child, prepareChild } from "./child.ts";
import { type ExistingTag, readExistingTag } from "./existing-tag.ts";
import type { PlannedEntry, PlannedList } from "./plan.ts";
import { findStaleSiblings, type SiblingOptions } from "./siblings.ts";
import type { PreparedList } from "./stage-list.ts";
import { formatTarget, type TargetName } from "./target-name.ts";
import type { UploadOptions } from "./upload-image.ts";

/**
 * Brings blobs to the registry ahead of all manifests, each child once however often it is asked for: while other
 * archives are still being read, and again when the plan is made.
 */
export class Preparation {
  readonly #store: Store;
  readonly #options: UploadOptions & SiblingOptions;
  readonly #existing = new Map<string, Promise<ExistingTag | undefined>>();
  readonly #children = new Map<string, Promise<Child>>();

  constructor(store: Store, options: UploadOptions & SiblingOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Starts on a child without waiting; what goes wrong is told to whoever asks for the child later. */
  start(target: TargetName, entry: PlannedEntry): void {
    this.child(target, entry).catch(() => {});
  }

  child(target: TargetName, entry: PlannedEntry): Promise<Child> {
    const key = [formatTarget(target), platformKey(entry.image.platform), entry.image.config.digest].join(
      " ",
    );
    return remember(this.#children, key, async () => {
      const existing = await this.existing(target);
      return prepareChild(entry, this.#repository(target), existing, this.#options);
    });
  }

  /** What the tag names before this run, read once. */
  existing(target: TargetName): Promise<ExistingTag | undefined> {
    const { signal } = this.#options;
    return remember(this.#existing, formatTarget(target), () =>
      readExistingTag(this.#repository(target), target.tag, signal),
    );
  }

  async list(list: PlannedList): Promise<PreparedList> {
    const existing = await this.existing(list.target);
    const repository = this.#repository(list.target);
    const [staleSiblings, ...children] = await Promise.all([
      findStaleSiblings(repository, list.target.tag, existing, this.#options),
      ...list.entries.map(async (entry) => [entry, await this.child(list.target, entry)] as const),
    ]);
    return { list, repository, existing, staleSiblings, children: new Map(children) };
  }

  /** Waits until nothing is on its way any more, whatever became of it. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#children.values(), ...this.#existing.values()]);
  }

  #repository(target: TargetName): Repository {
    return this.#store.repository(target.repository);
  }
}

function remember<T>(memory: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
