import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { isSameEntry, type Tags } from "./index-document.ts";

/** A tag that somebody else has put into `index.json`, moved there, or taken out of it. */
export interface ForeignChange {
  readonly repository: string;
  readonly tag: string;
  /** What it is on now; none where it was taken out. */
  readonly descriptor: Descriptor | undefined;
  /** What our views had it on: a tag that is on something else by now was moved later. */
  readonly before: ReadonlySet<Digest | undefined>;
}

/**
 * What differs between an `index.json` that is not ours and the views of ours that somebody may have made it from. With
 * several of those, only what none of them says is somebody's change, and only what all of them have was taken out.
 */
export function findForeignChanges(current: Tags, views: readonly Tags[]): readonly ForeignChange[] {
  const changes: ForeignChange[] = [];
  for (const [repository, tags] of current) {
    for (const [tag, descriptor] of tags) {
      const said = views.map((view) => view.get(repository)?.get(tag));
      if (said.some((each) => isSameEntry(each, descriptor))) continue;
      changes.push({ repository, tag, descriptor, before: digestsOf(said) });
    }
  }
  for (const [repository, tags] of views[0] ?? []) {
    for (const tag of tags.keys()) {
      const said = views.map((view) => view.get(repository)?.get(tag));
      if (current.get(repository)?.has(tag) || said.includes(undefined)) continue;
      changes.push({ repository, tag, descriptor: undefined, before: digestsOf(said) });
    }
  }
  return changes;
}

function digestsOf(said: readonly (Descriptor | undefined)[]): ReadonlySet<Digest | undefined> {
  return new Set(said.length ? said.map((descriptor) => descriptor?.digest) : [undefined]);
}
