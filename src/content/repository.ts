import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { RawManifest } from "../oci/manifest.ts";

/**
 * Gives a blob's bytes from the first one, and may be called again: that is what makes a retry possible.
 * Whoever opens it reads it to the end or leaves the loop, which closes it.
 */
export type Opener = (signal?: AbortSignal, reading?: BlobReading) => AsyncIterable<Uint8Array>;

export interface BlobReading {
  /** A chunk may be overwritten when the next one is asked for, unless it is the last. Default false: chunks belong to the caller. */
  readonly reuseBuffers?: boolean | undefined;
}

/** What became of a blob that was to be put into a repository. */
export type BlobOutcome = "present" | "mounted" | "pushed";

/** Bytes of one blob sent so far in this try, for a progress bar; a retry starts at zero again. */
export type ByteCounter = (sent: number) => void;

export interface PushBlobOptions {
  /** Repositories of the same store that are known to hold the blob. */
  readonly mountFrom?: readonly string[];
  readonly onBytes?: ByteCounter;
  readonly signal?: AbortSignal;
}

/** What manifests and blobs can be read from: a repository, or the images of an archive. */
export interface ContentReader {
  /** The store and the path, for people: `192.168.2.23:5000/rancher/pause`. */
  readonly title: string;

  /** The manifest's bytes, checked against the digest they were asked for by, or undefined where there is nothing. */
  fetchManifest(reference: string, signal?: AbortSignal): Promise<RawManifest | undefined>;
  /** The blob's bytes; the end of the stream is an error where digest or size differ from the descriptor. */
  fetchBlob(descriptor: Descriptor, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/**
 * One repository of a store: a registry's, an OCI layout's, or one in memory. All that the transfer needs to know.
 * Methods throw `AirgapError`s that name the repository and what was asked of it.
 */
export interface Repository extends ContentReader {
  /** Its path within the store: `rancher/pause`. */
  readonly name: string;

  hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean>;
  /** Puts a blob, once, however often it is asked for at the same time; the bytes are checked against the descriptor. */
  pushBlob(descriptor: Descriptor, open: Opener, options?: PushBlobOptions): Promise<BlobOutcome>;

  /** The digest, size and type of what a tag or a digest names, or undefined where there is nothing. */
  resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined>;
  /** Puts a manifest under a tag or under its own digest. */
  pushManifest(reference: string, manifest: RawManifest, signal?: AbortSignal): Promise<void>;
  /**
   * Whether garbage collection leaves manifests alone that only a list names. Absent where nothing is ever collected behind
   * the list's back.
   */
  keepsUntagged?(): Promise<boolean>;
  /** All tags. */
  listTags(signal?: AbortSignal): Promise<readonly string[]>;
  /** The manifests whose subject is a digest, each once (distribution-spec, listing referrers). */
  listReferrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[]>;
}

/** Where images go to or come from. */
export interface Store extends AsyncDisposable {
  /** For people: `192.168.2.23:5000`, `oci:/srv/images`. */
  readonly title: string;
  repository(name: string): Repository;
  /**
   * Finds out before the first blob whether all of these repositories can be written to (decision 15).
   * Throws one error that lists every one that cannot. Without any it finds out whether the store is there at all.
   */
  checkAccess(repositories: readonly string[], signal?: AbortSignal): Promise<void>;
}

/**
 * What became of a tag or a manifest that was to be deleted; `refused` is a tag of a store that deletes manifests only, by
 * their digests.
 */
export type Deletion = "deleted" | "absent" | "refused";

/** A repository that can be tidied. */
export interface ManagedRepository extends Repository {
  /** Deletes a tag, or a manifest by its digest, which may take its tags with it. */
  deleteManifest(reference: string, signal?: AbortSignal): Promise<Deletion>;
}

/** A store that tells what is in it, and lets it be tidied. */
export interface ManagedStore extends Store {
  repository(name: string): ManagedRepository;
  /** The names of all repositories, or undefined where the store does not tell them. */
  listRepositories(signal?: AbortSignal): Promise<readonly string[] | undefined>;
}

/** A blob in a repository could be anything of any size: what is read into memory is capped by this many bytes. */
export const maxMetadataSize: number = 8 * 1024 * 1024;

/** Digest and size in hand with a way to read the bytes. */
export interface OpenableBlob {
  readonly descriptor: Descriptor;
  readonly open: Opener;
}
