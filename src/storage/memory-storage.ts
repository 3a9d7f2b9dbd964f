import { createHash, randomUUID } from "node:crypto";
import { AirgapError } from "../oci/airgap-error.ts";
import { type Digest, digestAlgorithm, isDigest } from "../oci/digest.ts";
import type { ImageIndex, Manifest, RawManifest } from "../oci/manifest.ts";
import { checkDigest } from "./check-digest.ts";
import { checkManifestParts } from "./check-manifest-parts.ts";
import { OpenUploads } from "./open-uploads.ts";
import type { ByteRange, ContentStorage, StorageUsage, Upload } from "./content-storage.ts";
import { UploadSteps } from "./upload-steps.ts";

interface OwnedContent {
  readonly blobs: Set<Digest>;
  readonly manifests: Map<Digest, RawManifest>;
  readonly tags: Map<string, Digest>;
  readonly tagTimes: Map<string, Date>;
}

/** A registry's content in memory, for tests and small tools. */
export class MemoryStorage implements ContentStorage {
  readonly title = "memory";
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #uploads = new OpenUploads<MemoryUpload>();
  readonly #repositories = new Map<string, OwnedContent>();
  /** Those that own a manifest, or did once. */
  readonly #withManifests = new Set<string>();

  async statBlob(repository: string, digest: Digest): Promise<number | undefined> {
    return this.#owned(repository).blobs.has(digest) ? this.#blobs.get(digest)?.length : undefined;
  }

  readBlob(digest: Digest): AsyncIterable<Uint8Array> {
    return this.lendBlob(digest, { start: 0, end: Number.POSITIVE_INFINITY });
  }

  async *lendBlob(digest: Digest, { start, end }: ByteRange): AsyncIterable<Uint8Array> {
    const bytes = this.#blobs.get(digest);
    if (!bytes) throw new AirgapError("BLOB_UNKNOWN", `Cannot read blob "${digest}": it is not there`);
    const part = bytes.subarray(start, end + 1);
    for (let at = 0; at < part.length; at += 65_536) yield part.subarray(at, at + 65_536);
  }

  async mountBlob(repository: string, digest: Digest, from: string): Promise<boolean> {
    if (!this.#owned(from).blobs.has(digest)) return false;
    this.#create(repository).blobs.add(digest);
    return true;
  }

  async deleteBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.#owned(repository).blobs.delete(digest);
  }

  async startUpload(repository: string): Promise<Upload> {
    const { blobs } = this.#create(repository);
    const upload = new MemoryUpload({
      keep: (digest, bytes) => {
        this.#blobs.set(digest, bytes);
        blobs.add(digest);
      },
      forget: () => this.#uploads.delete(upload.id),
    });
    await this.#uploads.add(repository, upload);
    return upload;
  }

  findUpload(repository: string, id: string): Upload | undefined {
    return this.#uploads.find(repository, id);
  }

  async readManifest(repository: string, reference: string): Promise<RawManifest | undefined> {
    const { manifests, tags } = this.#owned(repository);
    const digest = isDigest(reference) ? reference : tags.get(reference);
    return digest === undefined ? undefined : manifests.get(digest);
  }

  async writeManifest(repository: string, manifest: Manifest | ImageIndex, tag?: string): Promise<void> {
    await checkManifestParts(this, repository, manifest);
    const { manifests, tags, tagTimes } = this.#create(repository);
    this.#withManifests.add(repository);
    manifests.set(manifest.descriptor.digest, manifest);
    if (tag === undefined) return;
    tags.set(tag, manifest.descriptor.digest);
    tagTimes.set(tag, new Date());
  }

  async deleteManifest(repository: string, digest: Digest): Promise<boolean> {
    const { manifests, tags } = this.#owned(repository);
    for (const [tag, target] of tags) if (target === digest) tags.delete(tag);
    return manifests.delete(digest);
  }

  async deleteTag(repository: string, tag: string): Promise<boolean> {
    return this.#owned(repository).tags.delete(tag);
  }

  async listManifests(repository: string): Promise<readonly Digest[]> {
    return [...this.#owned(repository).manifests.keys()];
  }

  async listTags(repository: string): Promise<ReadonlyMap<string, Digest> | undefined> {
    const { tags } = this.#owned(repository);
    return this.#withManifests.has(repository)
      ? new Map([...tags].sort(([a], [b]) => (a < b ? -1 : 1)))
      : undefined;
  }

  async readTagTime(repository: string, tag: string): Promise<Date | undefined> {
    const { tags, tagTimes } = this.#owned(repository);
    return tags.has(tag) ? tagTimes.get(tag) : undefined;
  }

  async measureUsage(): Promise<StorageUsage> {
    const sizes = [...this.#blobs.values()].map(({ length }) => length);
    return { blobs: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }

  async listRepositories(): Promise<readonly string[]> {
    const names = [...this.#repositories].filter(([, owned]) => owned.manifests.size).map(([name]) => name);
    return names.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#repositories.clear();
    this.#blobs.clear();
  }

  #owned(repository: string): OwnedContent {
    return this.#repositories.get(repository) ?? emptyContent();
  }

  #create(repository: string): OwnedContent {
    const owned = this.#owned(repository);
    this.#repositories.set(repository, owned);
    return owned;
  }
}

function emptyContent(): OwnedContent {
  return { blobs: new Set(), manifests: new Map(), tags: new Map(), tagTimes: new Map() };
}

interface UploadOwner {
  keep(digest: Digest, bytes: Uint8Array): void;
  forget(): void;
}

class MemoryUpload implements Upload {
  readonly id = randomUUID();
  offset = 0;
  readonly #chunks: Uint8Array[] = [];
  readonly #owner: UploadOwner;
  readonly #steps = new UploadSteps(async () => this.#owner.forget());

  constructor(owner: UploadOwner) {
    this.#owner = owner;
  }

  get isIdle(): boolean {
    return this.#steps.isIdle;
  }

  append(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#steps.append(async () => {
      for await (const chunk of bytes) {
        this.#steps.check();
        this.#chunks.push(chunk);
        this.offset += chunk.length;
      }
    });
  }

  commit(digest: Digest): Promise<number> {
    return this.#steps.commit(async () => {
      const bytes = Buffer.concat(this.#chunks);
      checkDigest(createHash(digestAlgorithm(digest)).update(bytes), digest);
      this.#owner.keep(digest, bytes);
      return bytes.length;
    });
  }

  cancel(): Promise<boolean> {
    return this.#steps.cancel();
  }
}
