import type { NamedArtifact, SourceImage, SourceReferrer } from "../../content/image-source.ts";
import { mergeImages } from "../images/merge-images.ts";
import { placeIn } from "../images/named-root.ts";
import { readIndexJson } from "../images/index-json.ts";
import { besideFile, type Dialect } from "./dialect.ts";

const layout = /^(.+)\/oci-layout$/;

/** What zot keeps on disk: an OCI layout for each repository, whose folder is its name, and a table of what they share. */
export const zotStorage: Dialect = {
  title: "a storage of zot",
  findFolder: besideFile("cache.db"),
  accepts: ({ entries }) => Promise.resolve(entries.names.some((name) => layout.test(name))),

  async read(folder) {
    const images: SourceImage[] = [];
    const artifacts: NamedArtifact[] = [];
    const referrers: SourceReferrer[] = [];
    for (const name of folder.entries.names) {
      const [, repository] = layout.exec(name) ?? [];
      if (repository === undefined) continue;
      const entries = folder.entries.below(`${repository}/`);
      const own = { ...folder, entries, repository, isWhole: true };
      const content = await mergeImages(
        own,
        [],
        (await readIndexJson(own)).map((root) => placeIn(root, repository)),
      );
      images.push(...content.images);
      artifacts.push(...content.artifacts);
      referrers.push(...content.referrers);
    }
    return { images, artifacts, referrers };
  },

  nameWriter: () => "zot, its own storage",
};
