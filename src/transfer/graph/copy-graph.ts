import pLimit from "p-limit";
import type { ContentReader, Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, partsOf } from "../../oci/manifest.ts";
import { measureBlobs } from "../report/blob-task.ts";
import { fetchChild } from "./fetch-child.ts";
import { pushOnce } from "./push-once.ts";
import { uploadBlob, type UploadBlobOptions } from "./upload-blob.ts";

/**
 * Copies all that a manifest or an index names, children before who names them and each digest once, and leaves the root
 * itself to the caller: its tag is what makes the copy visible. Every blob is looked up at the target, so that a copy
 * that broke off is completed. The first failure stops what is under way.
 */
export async function copyGraph(
  root: Manifest | ImageIndex,
  source: ContentReader,
  target: Repository,
  options: UploadBlobOptions,
): Promise<void> {
  await new GraphCopy(source, target, options).run(root);
}

/** Requests under way at a time; how many blobs go up at once is the store's to limit as well. */
const parallelSteps = 8;
/** Indexes within indexes; nobody writes more than two. */
const maxDepth = 4;

class GraphCopy {
  readonly #source: ContentReader;
  readonly #target: Repository;
  readonly #options: UploadBlobOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #limit = pLimit(parallelSteps);
  readonly #copies = new Map<Digest, Promise<void>>();
  /** Manifests that are not read yet. */
  #unread = 1;
  readonly #parts = { blobs: 0, bytes: 0 };

  constructor(source: ContentReader, target: Repository, options: UploadBlobOptions) {
    this.#source = source;
    this.#target = target;
    this.#signal = AbortSignal.any([this.#stop.signal, ...(options.signal ? [options.signal] : [])]);
    this.#options = { ...options, signal: this.#signal };
  }

  async run(root: Manifest | ImageIndex): Promise<void> {
    try {
      await this.#copyParts(root, 0);
    } catch (error) {
      this.#stop.abort(error);
      await Promise.allSettled(this.#copies.values());
      throw error;
    }
  }

  async #copyParts(node: Manifest | ImageIndex, depth: number): Promise<void> {
    if (depth > maxDepth) throw tooDeep(this.#source, node);
    const { blobs, manifests } = partsOf(node);
    this.#measure(blobs, manifests);
    await Promise.all([
      ...manifests.map((child) => this.#once(child, () => this.#copyChild(child, depth + 1))),
      ...blobs.map((blob) => this.#once(blob, () => this.#copyBlob(blob))),
    ]);
  }

  /** Tells how much there is to copy as soon as all manifests are read. */
  #measure(blobs: readonly Descriptor[], manifests: readonly Descriptor[]): void {
    const { image, onEvent } = this.#options;
    const isNew = ({ digest }: Descriptor): boolean => !this.#copies.has(digest);
    const fresh = measureBlobs(blobs.filter(isNew));
    this.#parts.blobs += fresh.blobs;
    this.#parts.bytes += fresh.bytes;
    this.#unread += measureBlobs(manifests.filter(isNew)).blobs - 1;
    if (this.#unread > 0 || image === undefined) return;
    onEvent({ type: "bringing", image, parts: { ...this.#parts } });
  }

  #once({ digest }: Descriptor, copy: () => Promise<void>): Promise<void> {
    const known = this.#copies.get(digest) ?? copy();
    this.#copies.set(digest, known);
    return known;
  }

  async #copyChild(descriptor: Descriptor, depth: number): Promise<void> {
    const child = await this.#step(() => fetchChild(this.#source, descriptor, this.#signal));
    await this.#copyParts(child, depth);
    await this.#step(() => pushOnce(this.#target, descriptor.digest, child, this.#signal));
  }

  async #copyBlob(descriptor: Descriptor): Promise<void> {
    const blob = {
      descriptor,
      open: (signal?: AbortSignal) => this.#source.fetchBlob(descriptor, signal),
    };
    await this.#step(() => uploadBlob(blob, this.#target, this.#options));
  }

  /** No step waits for another one while it holds a place, so that no depth can lock the copy up. */
  #step<T>(work: () => Promise<T>): Promise<T> {
    return this.#limit(() => {
      this.#signal.throwIfAborted();
      return work();
    });
  }
}

function tooDeep(source: ContentReader, { descriptor }: ImageIndex | Manifest): AirgapError {
  return new AirgapError(
    "INDEX_TOO_DEEP",
    `Cannot copy "${source.title}@${descriptor.digest}": indexes are nested more than ${maxDepth} deep`,
  );
}
