import { join } from "node:path";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import { tagFileName } from "./tag-file-name.ts";

/**
 * Where things are in an image layout that is also a registry's storage (decision 22). `oci-layout`, `index.json` and
 * `blobs` are the layout's own (image-spec, image-layout.md); beside them each repository has an empty file for every
 * blob, a file with the media type for every manifest, and a file with the descriptor for every tag that it owns. A
 * component of a repository's name never starts with `_`, so no repository can be taken for another one's links.
 */
export class LayoutPaths {
  readonly root: string;
  readonly layout: string;
  readonly index: string;
  /** A folder where the first release had its lock file, so that it cannot take its lock any more, nor write here. */
  readonly marker: string;
  readonly format: string;
  readonly blobs: string;
  readonly repositories: string;
  /** What `index.json` was when it was last written here; without the repositories it would say nothing. */
  readonly views: string;
  /** Says by its time when garbage was last collected. */
  readonly collected: string;
  /** Uploads under way and everything else that is not finished. */
  readonly uploads: string;

  constructor(root: string) {
    this.root = root;
    this.layout = join(root, "oci-layout");
    this.index = join(root, "index.json");
    this.marker = join(root, "index.json.lock");
    this.format = join(this.marker, "format.json");
    this.blobs = join(root, "blobs");
    this.repositories = join(root, "repositories");
    this.views = join(this.repositories, "_views");
    this.collected = join(this.repositories, "_collected");
    this.uploads = join(root, "uploads");
  }

  blob(digest: Digest): string {
    return join(this.blobs, digestAlgorithm(digest), digestHex(digest));
  }

  blobLinks(repository: string): string {
    return join(this.repositories, repository, "_blobs");
  }

  blobLink(repository: string, digest: Digest): string {
    return join(this.blobLinks(repository), digestAlgorithm(digest), digestHex(digest));
  }

  manifestLinks(repository: string): string {
    return join(this.repositories, repository, "_manifests");
  }

  manifestLink(repository: string, digest: Digest): string {
    return join(this.manifestLinks(repository), digestAlgorithm(digest), digestHex(digest));
  }

  tags(repository: string): string {
    return join(this.repositories, repository, "_tags");
  }

  tag(repository: string, tag: string): string {
    return join(this.tags(repository), tagFileName(tag));
  }
}
