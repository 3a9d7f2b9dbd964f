import { note } from "../../content/notice.ts";
import type { ArchiveEntry } from "../index/archive-index.ts";
import { isOfImages } from "../index/archive-names.ts";
import { Entries } from "../index/entries.ts";
import { printable } from "../../oci/printable.ts";
import type { Dialect } from "./dialect.ts";
import { registryStorage } from "./registry-storage.ts";

const part = /^(mirror_\d{6}\.tar)\/(.+)$/s;

/** A set of oc-mirror v2 that was too large for one archive: one storage, whose files lie in several (oc-mirror, archive). */
export const ocMirrorSet: Dialect = {
  title: "an image set of oc-mirror v2 in several archives",
  findFolder: (name) => /^(.*\/|)mirror_\d{6}\.tar\/(?:docker\/registry\/v2|working-dir)\//.exec(name)?.[1],
  accepts: ({ entries }) =>
    Promise.resolve(new Set(entries.names.flatMap((name) => part.exec(name)?.[1] ?? [])).size > 1),

  read(folder) {
    const all = new Map<string, ArchiveEntry>();
    const others = new Set<string>();
    for (const name of folder.entries.names) {
      const [, , inside] = part.exec(name) ?? [];
      const entry = folder.entries.find(name);
      if (inside !== undefined && entry) all.set(inside, entry);
      else if (isOfImages(name)) others.add(name.split("/", 1)[0] ?? name);
    }
    for (const other of others) {
      folder.notices.push(note(`left alone beside the set of oc-mirror: ${printable(other)}`));
    }
    return registryStorage.read({ ...folder, entries: new Entries(all) });
  },

  nameWriter: () => "oc-mirror v2",
};
