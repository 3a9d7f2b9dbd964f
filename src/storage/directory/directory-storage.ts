import { resolve } from "node:path";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest, type RawManifest } from "../../oci/manifest.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { checkManifestParts } from "../check-manifest-parts.ts";
import { checkLayout, createLayout } from "../layout/create-layout.ts";
import { isFileError } from "../../content/file-error.ts";
import { guessMediaType } from "../layout/guess-media-type.ts";
import { LayoutFiles, realFolder } from "../layout/layout-files.ts";
import { LayoutLinks } from "../layout/layout-links.ts";
import { LayoutPaths } from "../layout/layout-paths.ts";
import { putBackTaken } from "../layout/put-back-taken.ts";
import { readManifestFile } from "../layout/read-manifest-file.ts";
import { sweepUnfinished } from "../layout/unfinished-files.ts";
import { OpenUploads } from "../open-uploads.ts";
import type { ByteRange, ContentStorage, StorageUsage, Upload } from "../content-storage.ts";
import { DirectoryUpload } from "./directory-upload.ts";
import { forgetEmptyLink, keepBlob } from "./keep-blob.ts";
import { lendBlobFile, readBlobFile } from "./read-blob-file.ts";
import { UsageMeter } from "./usage-meter.ts";
import { TagCatalog } from "./tag-catalog.ts";
import type { OnNotice } from "../../content/notice.ts";

export interface DirectoryStorageOptions {
  /** Nothing is written, not even links for images that other tools have put there: for media that cannot be written to. */
  readonly readOnly?: boolean;
  /** After how many milliseconds an upload that nobody touches is given up. Default one hour. */
  readonly uploadExpiry?: number;
  /** Told of what is in the folder and is left out: links, devices. */
  readonly onNotice?: OnNotice;
}

/** Uploads that another process has left behind: those that live are touched far more often than that. */
const abandonedAfter = 86_400_000;
/** How often what is collected or deleted under a push may make it begin again. */
const maxTries = 10;

/**
 * A registry's content in a directory that is an OCI image layout (decision 22). What a method has done when it returns
 * survives a loss of power; what it has not is not to be seen. Any number of processes may share the directory: there is
 * no lock. Whoever refers to something writes the reference first and touches the thing then, and sees that it is there.
 */
export class DirectoryStorage implements ContentStorage {
  readonly title: string;
  readonly paths: LayoutPaths;
  readonly files: LayoutFiles;
  readonly links: LayoutLinks;
  readonly tags: TagCatalog;
  readonly #readOnly: boolean;
  readonly #uploads = new OpenUploads<DirectoryUpload>();
  readonly #uploadExpiry: number;
  readonly #usage: UsageMeter;
  #sweeper: NodeJS.Timeout | undefined;

  /** Opens a layout, made where there is nothing yet. Throws `LAYOUT_INVALID` or `LAYOUT_NOT_WRITABLE`. */
  static async open(directory: string, options: DirectoryStorageOptions = {}): Promise<DirectoryStorage> {
    const root = await realFolder(resolve(directory));
    const storage = new DirectoryStorage(resolve(directory), root, options);
    if (storage.#readOnly) {
      await checkLayout(storage.files, storage.paths);
      await storage.tags.refresh();
    } else await storage.#prepare();
    return storage;
  }

  private constructor(title: string, root: string, options: DirectoryStorageOptions) {
    this.title = title;
    this.paths = new LayoutPaths(root);
    this.files = new LayoutFiles(root, this.paths.uploads, options.onNotice);
    this.links = new LayoutLinks(this.files, this.paths);
    this.#usage = new UsageMeter(this.files, this.paths);
    this.#readOnly = options.readOnly ?? false;
    this.tags = new TagCatalog(this, this.#readOnly);
    this.#uploadExpiry = options.uploadExpiry ?? 3_600_000;
  }

  async #prepare(): Promise<void> {
    await createLayout(this.files, this.paths);
    await putBackTaken(this.files, this.paths.blobs, this.paths.repositories);
    await this.expireUploads();
    this.#sweeper = setInterval(() => {
      this.expireUploads().catch(() => {});
    }, this.#uploadExpiry / 6).unref();
    await this.tags.writeView().catch(ignoreFullDisk);
  }

  async statBlob(repository: string, digest: Digest): Promise<number | undefined> {
    const [size, isOwned] = await Promise.all([
      this.files.size(this.paths.blob(digest)),
      this.#readOnly || this.links.hasBlob(repository, digest),
    ]);
    return isOwned ? size : undefined;
  }

  readBlob(digest: Digest): AsyncIterable<Uint8Array> {
    return readBlobFile(this.files, this.paths.blob(digest));
  }

  lendBlob(digest: Digest, range: ByteRange): AsyncIterable<Uint8Array> {
    return lendBlobFile(this.files, this.paths.blob(digest), range);
  }

  async mountBlob(repository: string, digest: Digest, from: string): Promise<boolean> {
    if ((await this.statBlob(from, digest)) === undefined) return false;
    await this.links.addBlob(repository, digest);
    if (await this.files.touch(this.paths.blob(digest))) return true;
    await forgetEmptyLink(this, repository, digest);
    return false;
  }

  async deleteBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.links.removeBlob(repository, digest);
  }

  async startUpload(repository: string): Promise<Upload> {
    const upload = new DirectoryUpload({
      files: this.files,
      folder: this.paths.uploads,
      keep: (finished, digest) => keepBlob(this, repository, digest, finished),
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
    await this.#uploads.cancelUntouched(now - this.#uploadExpiry);
    for (const upload of this.#uploads.all()) await upload.keepAlive(new Date());
    await sweepUnfinished(this.files, this.paths.uploads, now - abandonedAfter);
  }

  async readManifest(repository: string, reference: string): Promise<RawManifest | undefined> {
    const descriptor = isDigest(reference)
      ? await this.#describe(repository, reference)
      : await this.tags.read(repository, reference);
    const bytes = descriptor && (await readManifestFile(this.files, this.paths, descriptor.digest));
    return bytes && { descriptor: { ...descriptor, size: bytes.length }, bytes };
  }

  async #describe(repository: string, digest: Digest): Promise<Descriptor | undefined> {
    const link = await this.links.readManifest(repository, digest);
    if (link) return { mediaType: link.mediaType, digest, size: 0 };
    const mediaType = this.#readOnly ? await guessMediaType(this.files, this.paths, digest) : undefined;
    return mediaType === undefined ? undefined : { mediaType, digest, size: 0 };
  }

  async writeManifest(repository: string, manifest: Manifest | ImageIndex, tag?: string): Promise<void> {
    const { mediaType, digest, size } = manifest.descriptor;
    for (let i = 0; i < maxTries; i++) {
      await checkManifestParts(this, repository, manifest);
      await this.#keepBytes(digest, manifest.bytes);
      const { generation } = await this.links.addManifest(repository, digest, mediaType);
      if (!(await this.files.touch(this.paths.blob(digest)))) continue;
      await this.#touchParts(repository, manifest);
      if (tag !== undefined) {
        await this.tags.move(repository, tag, { descriptor: { mediaType, digest, size }, generation });
      }
      await this.files.touch(this.paths.manifestLink(repository, digest));
      if ((await this.links.readManifest(repository, digest))?.generation === generation) return;
    }
    throw new AirgapError(
      "MANIFEST_UNKNOWN",
      `Cannot keep manifest "${digest}" in repository "${repository}": somebody deletes it again and again`,
    );
  }

  /** Checks once more that all is there that a manifest reaches, content included, and makes it young. */
  async #touchParts(repository: string, manifest: Manifest | ImageIndex): Promise<void> {
    const touch = async (link: string, digest: Digest): Promise<boolean> =>
      (await this.files.touch(link)) && (await this.files.touch(this.paths.blob(digest)));
    const touched = {
      statBlob: async (_: string, digest: Digest) =>
        (await touch(this.paths.blobLink(repository, digest), digest))
          ? this.statBlob(repository, digest)
          : undefined,
      readManifest: async (_: string, digest: string) => {
        if (!isDigest(digest) || !(await touch(this.paths.manifestLink(repository, digest), digest))) {
          return undefined;
        }
        const child = await this.readManifest(repository, digest);
        if (child) await touchChild(child);
        return child;
      },
    };
    const touchChild = async ({ bytes, descriptor }: RawManifest): Promise<void> =>
      checkManifestParts(
        touched,
        repository,
        parseManifest(bytes, `manifest "${descriptor.digest}"`, descriptor.mediaType),
      );
    await checkManifestParts(touched, repository, manifest);
  }

  /** Content that is there is compared, and replaced where it is wrong. */
  async #keepBytes(digest: Digest, bytes: Uint8Array): Promise<void> {
    const path = this.paths.blob(digest);
    if (await this.files.writeNew(path, bytes)) return;
    const found = await this.files.read(path, bytes.length);
    if (found && Buffer.compare(found, bytes) === 0) await this.files.sync(path);
    else await this.files.write(path, bytes);
  }

  async deleteManifest(repository: string, digest: Digest): Promise<boolean> {
    await this.tags.deleteAllOn(repository, digest);
    return this.links.removeManifest(repository, digest);
  }

  async deleteTag(repository: string, tag: string): Promise<boolean> {
    return this.tags.delete(repository, tag);
  }

  async listManifests(repository: string): Promise<readonly Digest[]> {
    return this.links.listManifests(repository);
  }

  async listTags(repository: string): Promise<ReadonlyMap<string, Digest> | undefined> {
    const tags = await this.tags.list(repository);
    if (!tags.size && !(await this.links.hasManifests(repository))) return undefined;
    return new Map([...tags].map(([tag, { digest }]) => [tag, digest]));
  }

  async readTagTime(repository: string, tag: string): Promise<Date | undefined> {
    if (!(await this.tags.read(repository, tag))) return undefined;
    return (await this.files.stat(this.paths.tag(repository, tag)))?.mtime;
  }

  measureUsage(): Promise<StorageUsage> {
    return this.#usage.measure();
  }

  async listRepositories(): Promise<readonly string[]> {
    const names: string[] = [];
    for (const name of await this.tags.listRepositories()) {
      if ((await this.listManifests(name)).length || (await this.tags.list(name)).size) names.push(name);
    }
    return names.sort();
  }

  /** Waits for commits under way, gives up what else is open, and writes `index.json` as it is now. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await this.#uploads.cancelUntouched(Infinity);
    await this.tags.close();
  }
}

/** The view is tried again later; what is kept in its stead is no worse for it. */
function ignoreFullDisk(error: unknown): void {
  if (!isFileError(error, "ENOSPC", "EDQUOT")) throw error;
}
