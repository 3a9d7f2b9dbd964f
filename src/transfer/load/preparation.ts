import pLimit from "p-limit";
import { breathe } from "../../content/turns.ts";
import type { Repository, Store } from "../../content/repository.ts";
import { formatPlatform, platformKey } from "../../oci/platform.ts";
import { type Child, uploadChild } from "./child.ts";
import { readExistingTag } from "./existing-tag.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import { findSiblings, type FirstLook, type SiblingOptions } from "./siblings.ts";
import type { PreparedList } from "./staged-list.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { tellBrought } from "../report/tell-brought.ts";
import { unlessHidden } from "../graph/unless-hidden.ts";
import type { OnExisting } from "../../content/option-words.ts";
import { measureImages, type UploadOptions } from "./upload-image.ts";

type LookOptions = UploadOptions & SiblingOptions & { readonly onExisting: OnExisting };

/** Each has all its layers under way; how many blobs go up at once is the store's to limit. */
const parallelChildren = 8;

/**
 * Brings blobs to the registry ahead of all manifests, each child once however often it is asked for: while other
 * archives are still being read, and again when the plan is made.
 */
export class Preparation {
  readonly #store: Store;
  readonly #options: LookOptions;
  readonly #looks = new Map<string, Promise<FirstLook>>();
  readonly #children = new Map<string, Promise<Child>>();
  readonly #limit = pLimit(parallelChildren);

  constructor(store: Store, options: LookOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Starts on a child without waiting; what goes wrong is reported to whoever asks for the child later. */
  start(target: TargetName, entry: PlannedEntry): void {
    this.child(target, entry).catch(() => {});
  }

  child(target: TargetName, entry: PlannedEntry): Promise<Child> {
    const { sourceImage: image, platform, config, keepsManifest } = entry.image;
    // The same image may come in two forms, of which one brings its own manifest: their blobs differ.
    const form = keepsManifest ? image.manifest?.descriptor.digest : "ours";
    const key = [formatTarget(target), platformKey(platform), config.digest, form].join(" ");
    return remember(this.#children, key, () => this.#limit(() => this.#upload(target, entry)));
  }

  async #upload(target: TargetName, entry: PlannedEntry): Promise<Child> {
    await breathe(this.#options.signal);
    const { existing } = await this.#look(target);
    const { onEvent } = this.#options;
    const image = `${formatTarget(target)} ${formatPlatform(entry.image.platform)}`;
    onEvent({ type: "bringing", image, parts: measureImages([entry.image]) });
    return tellBrought(image, onEvent, async () => {
      const options = { ...this.#options, image };
      const child = await uploadChild(entry, this.#repository(target), existing, options);
      onEvent({ type: "prepared", target });
      return child;
    });
  }

  async list(list: PlannedList): Promise<PreparedList> {
    const first = await this.#look(list.target);
    const children = await Promise.all(
      list.entries.map(async (entry) => [entry, await this.child(list.target, entry)] as const),
    );
    return { list, repository: this.#repository(list.target), first, children: new Map(children) };
  }

  /** Waits until nothing is on its way any more, whatever became of it. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#children.values(), ...this.#looks.values()]);
  }

  /** What the tag and its siblings name before this run, read once. */
  #look(target: TargetName): Promise<FirstLook> {
    return remember(this.#looks, formatTarget(target), async () => {
      const repository = this.#repository(target);
      const reading = readExistingTag(repository, target.tag, this.#options.signal);
      // Who replaces needs no reading.
      const existing = await (this.#options.onExisting === "replace" ? unlessHidden(reading) : reading);
      return { existing, siblings: await findSiblings(repository, target.tag, existing, this.#options) };
    });
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
