import type { Digest } from "../oci/digest.ts";
import type { ImageIndex, Manifest, RawManifest } from "../oci/manifest.ts";

/** Bytes from `start` up to and including `end`, as HTTP counts them. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * One blob on its way in. What has arrived stays when a request breaks off, so that a client can ask for `offset` and
 * go on from there; nothing of it can be read before `commit`.
 */
export interface Upload {
  readonly id: string;
  /** Bytes received so far. */
  readonly offset: number;
  /** Whether nothing is being done with it. */
  readonly isIdle: boolean;
  /** Adds bytes. Throws `UPLOAD_BUSY` while something else is being done, and `UPLOAD_UNKNOWN` once it is over. */
  append(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Makes the blob the repository's own and gives its size, or throws `DIGEST_MISMATCH`; the upload is over either way.
   * Throws as `append` does, too.
   */
  commit(digest: Digest): Promise<number>;
  /** Gives it up; false where it is over, or a commit is under way, which is waited for. */
  cancel(): Promise<boolean>;
}

/** How much there is, for people and for monitoring. */
export interface StorageUsage {
  /** Manifests among them; what garbage collection would take as well. */
  readonly blobs: number;
  readonly bytes: number;
  /** Bytes that fit in still, where that can be told. */
  readonly free?: number;
  /** When garbage was last collected, where it ever was. */
  readonly collectedAt?: Date;
}

/**
 * What a registry keeps: content once, and for each repository which blobs and manifests it owns and which tags are on
 * them. Names, tags and digests are valid by grammar before they get here.
 */
export interface ContentStorage extends AsyncDisposable {
  /** For people: a path, or `memory`. */
  readonly title: string;

  /** A blob's size in bytes, or undefined where the repository does not own it. */
  statBlob(repository: string, digest: Digest): Promise<number | undefined>;
  /** The bytes of a blob that `statBlob` has found. */
  readBlob(digest: Digest): AsyncIterable<Uint8Array>;
  /** Some of its bytes, each piece of which is good only until the next is asked for. */
  lendBlob(digest: Digest, range: ByteRange): AsyncIterable<Uint8Array>;
  /** Gives a repository a blob that another one owns; false where that one does not. */
  mountBlob(repository: string, digest: Digest, from: string): Promise<boolean>;
  /** Takes a blob from a repository; the content stays until garbage is collected. False where it was not there. */
  deleteBlob(repository: string, digest: Digest): Promise<boolean>;

  /** Throws `TOO_MANY_UPLOADS`. */
  startUpload(repository: string): Promise<Upload>;
  findUpload(repository: string, id: string): Upload | undefined;

  /** A tag's or a digest's manifest with the media type it was pushed with, or undefined. */
  readManifest(repository: string, reference: string): Promise<RawManifest | undefined>;
  /**
   * Keeps a manifest and, where given, moves a tag to it: both or nothing, and only where the repository owns all that
   * it names. Throws `MANIFEST_BLOB_UNKNOWN` or `SIZE_INVALID`.
   */
  writeManifest(repository: string, manifest: Manifest | ImageIndex, tag?: string): Promise<void>;
  /** Takes a manifest and every tag on it from a repository; false where it was not there. */
  deleteManifest(repository: string, digest: Digest): Promise<boolean>;
  deleteTag(repository: string, tag: string): Promise<boolean>;

  /** Digests of all manifests that a repository owns, tagged or not. */
  listManifests(repository: string): Promise<readonly Digest[]>;
  /**
   * Tags with the digests they are on, in code unit order, or undefined where there is no such repository: none that owns
   * a manifest, or has owned one.
   */
  listTags(repository: string): Promise<ReadonlyMap<string, Digest> | undefined>;
  /** When a tag was last put on what it is on; undefined where there is no such tag. */
  readTagTime(repository: string, tag: string): Promise<Date | undefined>;
  /** May be as old as a minute where there is much to count. */
  measureUsage(): Promise<StorageUsage>;
  /** Names of all repositories that own a manifest, in code unit order. */
  listRepositories(): Promise<readonly string[]>;
}
