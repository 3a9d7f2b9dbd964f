import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest, RawManifest } from "../../oci/manifest.ts";
import { adoptImages } from "../layout/adopt-images.ts";
import { checkManifestParts } from "../check-manifest-parts.ts";
import { createLayout } from "../layout/create-layout.ts";
import { DirectoryUpload } from "./directory-upload.ts";
import { moveDurably, sizeOf, writeDurably } from "../layout/durable-files.ts";
import { LayoutIndex, type LayoutTags, type TagChange } from "../layout/layout-index.ts";
import { guessMediaType } from "../layout/guess-media-type.ts";
import { listDigests, readLink, removeLink, touchLink, walkRepositories } from "../layout/layout-links.ts";
import { withLayoutLock } from "../layout/layout-lock.ts";
import { LayoutPaths } from "../layout/layout-paths.ts";
import { OpenUploads } from "../open-uploads.ts";
import { readManifestFile } from "../layout/read-manifest-file.ts";
import type { ByteRange, RegistryStorage, Upload } from "../registry-storage.ts";
import { removeStaleFiles } from "./remove-stale-files.ts";

export interface DirectoryStorageOptions {
  /** Nothing is written, not even links for images that other tools have put there: for media that cannot be written to. */
  readonly readOnly?: boolean;
  /** After how many milliseconds an upload that nobody touches is given up. Default one hour. */
  readonly uploadExpiry?: number;
}

/**
 * A registry's content in a directory that is an OCI image layout (decision 22). What a method has done when it returns
 * survives a loss of power; what it has not is not to be seen. Several processes may share the directory.
 */
export class DirectoryStorage implements RegistryStorage {
  readonly title: string;
  readonly paths: LayoutPaths;
  readonly #index: LayoutIndex;
  readonly #readOnly: boolean;
  readonly #uploads = new OpenUploads();
  readonly #uploadExpiry: number;
  #sweeper: NodeJS.Timeout | undefined;
  #adoption: { readonly tags: LayoutTags; readonly done: Promise<void> } | undefined;

  /** Opens a layout, made where there is nothing yet. Throws `LAYOUT_INVALID` or `LAYOUT_NOT_WRITABLE`. */
  static async open(directory: string, options: DirectoryStorageOptions = {}): Promise<DirectoryStorage> {
    const storage = new DirectoryStorage(resolve(directory), options);
    if (!storage.#readOnly) {
      await createLayout(storage.paths);
      await storage.expireUploads();
      storage.#sweeper = setInterval(() => {
        storage.expireUploads().catch(() => {});
      }, storage.#uploadExpiry / 2).unref();
    }
    await storage.#tags();
    return storage;
  }

  private constructor(root: string, options: DirectoryStorageOptions) {
    this.title = root;
    this.paths = new LayoutPaths(root);
    this.#index = new LayoutIndex(this.paths);
    this.#readOnly = options.readOnly ?? false;
    this.#uploadExpiry = options.uploadExpiry ?? 3_600_000;
  }

  async statBlob(repository: string, digest: Digest): Promise<number | undefined> {
    const [size, owned] = await Promise.all([
      sizeOf(this.paths.blob(digest)),
      this.#readOnly || sizeOf(this.paths.blobLink(repository, digest)),
    ]);
    return owned === undefined ? undefined : size;
  }

  readBlob(digest: Digest, range?: ByteRange): AsyncIterable<Uint8Array> {
    return createReadStream(this.paths.blob(digest), { ...range, highWaterMark: 1024 * 1024 });
  }

  async mountBlob(repository: string, digest: Digest, from: string): Promise<boolean> {
    return withLayoutLock(this.paths.lock, async () => {
      if ((await this.statBlob(from, digest)) === undefined) return false;
      await touchLink(this.paths.blobLink(repository, digest));
      return true;
    });
  }

  async deleteBlob(repository: string, digest: Digest): Promise<boolean> {
    return withLayoutLock(this.paths.lock, () => removeLink(this.paths.blobLink(repository, digest)));
  }

  async startUpload(repository: string): Promise<Upload> {
    const upload = new DirectoryUpload(this.paths.uploads, {
      keep: async (path, digest) => {
        await moveDurably(path, this.paths.blob(digest));
        await touchLink(this.paths.blobLink(repository, digest));
      },
      forget: (id) => this.#uploads.delete(id),
    });
    await this.#uploads.add(repository, upload);
    return upload;
  }

  findUpload(repository: string, id: string): Upload | undefined {
    return this.#uploads.find(repository, id);
  }

  /** Gives up uploads that nobody touches, those of earlier lives among them. Runs by itself as well. */
  async expireUploads(now: number = Date.now()): Promise<void> {
    const since = now - this.#uploadExpiry;
    await this.#uploads.cancelUntouched(since);
    await removeStaleFiles(this.paths.uploads, since);
  }

  async readManifest(repository: string, reference: string): Promise<RawManifest | undefined> {
    const descriptor = isDigest(reference)
      ? await this.#describe(repository, reference)
      : (await this.#tags()).repositories.get(repository)?.get(reference);
    const bytes = descriptor && (await readManifestFile(this.paths, descriptor.digest));
    return bytes && { descriptor: { ...descriptor, size: bytes.length }, bytes };
  }

  async #describe(repository: string, digest: Digest): Promise<Descriptor | undefined> {
    const link = await readLink(this.paths.manifestLink(repository, digest));
    const mediaType = link ?? (this.#readOnly ? await guessMediaType(this.paths, digest) : undefined);
    return mediaType === undefined ? undefined : { mediaType, digest, size: 0 };
  }

  async writeManifest(repository: string, manifest: Manifest | ImageIndex, tag?: string): Promise<void> {
    const { mediaType, digest, size } = manifest.descriptor;
    const link = this.paths.manifestLink(repository, digest);
    await withLayoutLock(this.paths.lock, async () => {
      await checkManifestParts(this, repository, manifest);
      await writeDurably(this.paths.blob(digest), manifest.bytes, this.paths.uploads);
      if ((await readLink(link)) !== mediaType) await writeDurably(link, mediaType, this.paths.uploads);
      if (tag !== undefined)
        await this.#moveTags([{ repository, tag, descriptor: { mediaType, digest, size } }]);
    });
  }

  async #moveTags(changes: readonly TagChange[]): Promise<void> {
    this.#adoption = { tags: await this.#index.change(changes), done: Promise.resolve() };
  }

  async deleteManifest(repository: string, digest: Digest): Promise<boolean> {
    return withLayoutLock(this.paths.lock, async () => {
      const tags = [...((await this.#tags()).repositories.get(repository) ?? [])];
      const onIt = tags.filter(([, target]) => target.digest === digest);
      if (onIt.length)
        await this.#moveTags(onIt.map(([tag]) => ({ repository, tag, descriptor: undefined })));
      return removeLink(this.paths.manifestLink(repository, digest));
    });
  }

  async deleteTag(repository: string, tag: string): Promise<boolean> {
    return withLayoutLock(this.paths.lock, async () => {
      if (!(await this.#tags()).repositories.get(repository)?.has(tag)) return false;
      await this.#moveTags([{ repository, tag, descriptor: undefined }]);
      return true;
    });
  }

  async listManifests(repository: string): Promise<readonly Digest[]> {
    return listDigests(this.paths.manifestLinks(repository));
  }

  async listTags(repository: string): Promise<ReadonlyMap<string, Digest> | undefined> {
    const tags = (await this.#tags()).repositories.get(repository);
    if (!tags?.size && !(await this.listManifests(repository)).length) return undefined;
    const sorted = [...(tags ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(sorted.map(([tag, { digest }]) => [tag, digest]));
  }

  async listRepositories(): Promise<readonly string[]> {
    const { repositories } = await this.#tags();
    const tagged = [...repositories].filter(([, tags]) => tags.size).map(([name]) => name);
    const names = new Set(tagged);
    for await (const name of walkRepositories(this.paths))
      if ((await this.listManifests(name)).length) names.add(name);
    return [...names].sort();
  }

  /** The tags as they are now, with links for those that another tool has put into `index.json`. */
  async #tags(): Promise<LayoutTags> {
    const tags = await this.#index.read();
    if (this.#readOnly) return tags;
    if (this.#adoption?.tags !== tags) this.#adoption = { tags, done: this.#adopt(tags) };
    await this.#adoption.done;
    return tags;
  }

  async #adopt(tags: LayoutTags): Promise<void> {
    try {
      await adoptImages(this.paths, tags);
    } catch (error) {
      this.#adoption = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await this.#uploads.cancelUntouched(Infinity);
  }
}
