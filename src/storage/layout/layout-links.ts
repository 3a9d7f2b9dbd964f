import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { LayoutFiles } from "./layout-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";

/** What a repository keeps of a manifest that it owns. */
export interface ManifestLink {
  readonly mediaType: string;
  /**
   * Other for each time that the repository comes to own it: a tag that names another is from before the manifest was
   * deleted. Empty for what the first release has left.
   */
  readonly generation: string;
}

const maxLinkSize = 1024;

/** Which blobs and manifests each repository owns. */
export class LayoutLinks {
  readonly #files: LayoutFiles;
  readonly #paths: LayoutPaths;

  constructor(files: LayoutFiles, paths: LayoutPaths) {
    this.#files = files;
    this.#paths = paths;
  }

  async hasBlob(repository: string, digest: Digest): Promise<boolean> {
    return (await this.#files.size(this.#paths.blobLink(repository, digest))) !== undefined;
  }

  async addBlob(repository: string, digest: Digest): Promise<void> {
    const path = this.#paths.blobLink(repository, digest);
    while (!(await this.#files.touch(path))) await this.#files.writeNew(path, "");
  }

  removeBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.#files.remove(this.#paths.blobLink(repository, digest));
  }

  listBlobs(repository: string): Promise<readonly Digest[]> {
    return listDigests(this.#files, this.#paths.blobLinks(repository));
  }

  async readManifest(repository: string, digest: Digest): Promise<ManifestLink | undefined> {
    const bytes = await this.#files.read(this.#paths.manifestLink(repository, digest), maxLinkSize);
    const [mediaType = "", generation = ""] = bytes?.toString().split("\n") ?? [];
    return mediaType === "" ? undefined : { mediaType, generation };
  }

  async addManifest(repository: string, digest: Digest, mediaType: string): Promise<ManifestLink> {
    const path = this.#paths.manifestLink(repository, digest);
    for (;;) {
      const found = await this.readManifest(repository, digest);
      if (found?.mediaType === mediaType) return found;
      const link = { mediaType, generation: found?.generation ?? randomUUID() };
      const content = `${mediaType}\n${link.generation}`;
      if (found) await this.#files.write(path, content);
      else if (!(await this.#files.writeNew(path, content))) continue;
      return link;
    }
  }

  removeManifest(repository: string, digest: Digest): Promise<boolean> {
    return this.#files.remove(this.#paths.manifestLink(repository, digest));
  }

  listManifests(repository: string): Promise<readonly Digest[]> {
    return listDigests(this.#files, this.#paths.manifestLinks(repository));
  }

  /** Whether a repository owns a manifest, or did once. */
  async hasManifests(repository: string): Promise<boolean> {
    return (await this.#files.listFolders(this.#paths.manifestLinks(repository))).length > 0;
  }

  /** All repositories that have a link to anything, or a tag. */
  async *walkRepositories(above: string = ""): AsyncGenerator<string> {
    const folders = await this.#files.listFolders(join(this.#paths.repositories, above));
    if (above !== "" && folders.some((name) => name.startsWith("_"))) yield above;
    for (const name of folders) {
      if (!name.startsWith("_")) yield* this.walkRepositories(above === "" ? name : `${above}/${name}`);
    }
  }
}

/** The digests that a folder of `<algorithm>/<hex>` names; anything else in it is not ours. */
export async function listDigests(files: LayoutFiles, folder: string): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for (const algorithm of await files.listFolders(folder)) {
    for (const hex of await files.list(join(folder, algorithm))) {
      const digest = `${algorithm}:${hex}`;
      if (isDigest(digest)) found.push(digest);
    }
  }
  return found;
}
