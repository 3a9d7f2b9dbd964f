import { describeFileError } from "../content/file-error.ts";
import { checkBytes } from "../content/check-bytes.ts";
import type { BlobOutcome, Opener, PushBlobOptions, Repository } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestOf, isDigest } from "../oci/digest.ts";
import { parseManifest, type RawManifest } from "../oci/manifest.ts";
import { isRepository, isTag } from "../oci/reference.ts";
import { findReferrers } from "./find-referrers.ts";
import type { ContentStorage } from "./content-storage.ts";

/** Which repository of a storage has a blob, or will soon, or undefined where it did not get it after all. */
export type BlobHolders = Map<Digest, Promise<string | undefined>>;

/**
 * One repository of a storage; blobs that another one has are not written again. Each step looks at its signal first: where
 * thousands of steps wait, as for the names of one archive, none begins once the run is to end.
 */
export class StorageRepository implements Repository {
  readonly name: string;
  readonly title: string;
  readonly #storage: ContentStorage;
  readonly #holders: BlobHolders;
  readonly #pushes = new Map<Digest, Promise<BlobOutcome>>();

  constructor(
    storage: ContentStorage,
    name: string,
    { title, holders }: { readonly title: string; readonly holders: BlobHolders },
  ) {
    if (!isRepository(name)) {
      throw new AirgapError("REFERENCE_INVALID", `Cannot write to "${title}": the name is not valid`);
    }
    this.name = name;
    this.title = title;
    this.#storage = storage;
    this.#holders = holders;
  }

  async hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    return (await this.#storage.statBlob(this.name, descriptor.digest)) === descriptor.size;
  }

  async *fetchBlob(
    descriptor: Descriptor,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    signal?.throwIfAborted();
    const action = `fetch blob "${descriptor.digest}" from "${this.title}"`;
    if ((await this.#storage.statBlob(this.name, descriptor.digest)) === undefined) {
      throw new AirgapError("BLOB_UNKNOWN", `Cannot ${action}: it is not there`);
    }
    yield* checkBytes(descriptor, this.#storage.readBlob(descriptor.digest), action);
  }

  async pushBlob(descriptor: Descriptor, open: Opener, options: PushBlobOptions = {}): Promise<BlobOutcome> {
    options.signal?.throwIfAborted();
    const { digest } = descriptor;
    const underWay = this.#pushes.get(digest);
    if (underWay) return underWay;
    const push = this.#explain(`push blob "${digest}" to`, () => this.#push(descriptor, open, options));
    this.#pushes.set(digest, push);
    try {
      return await push;
    } finally {
      this.#pushes.delete(digest);
    }
  }

  async #push(descriptor: Descriptor, open: Opener, options: PushBlobOptions): Promise<BlobOutcome> {
    if (await this.hasBlob(descriptor)) return "present";
    const holder = await this.#holders.get(descriptor.digest);
    for (const from of [...(options.mountFrom ?? []), ...(holder === undefined ? [] : [holder])]) {
      if (await this.#storage.mountBlob(this.name, descriptor.digest, from)) return "mounted";
    }
    const upload = this.#upload(descriptor, open, options);
    this.#holders.set(
      descriptor.digest,
      upload.then(
        () => this.name,
        () => undefined,
      ),
    );
    await upload;
    return "pushed";
  }

  async #upload(descriptor: Descriptor, open: Opener, options: PushBlobOptions): Promise<void> {
    const upload = await this.#storage.startUpload(this.name);
    try {
      await upload.append(countBytes(open(options.signal), options));
      await upload.commit(descriptor.digest);
    } finally {
      await upload.cancel();
    }
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    return (await this.fetchManifest(reference, signal))?.descriptor;
  }

  async fetchManifest(reference: string, signal?: AbortSignal): Promise<RawManifest | undefined> {
    signal?.throwIfAborted();
    const manifest = await this.#storage.readManifest(this.name, reference);
    if (!manifest || digestOf(manifest.bytes) === manifest.descriptor.digest) return manifest;
    throw new AirgapError(
      "MANIFEST_MISMATCH",
      `Cannot read "${this.title}": manifest "${manifest.descriptor.digest}" is damaged`,
    );
  }

  async pushManifest(
    reference: string,
    { bytes, descriptor }: RawManifest,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    if (!isDigest(reference) && !isTag(reference)) {
      throw new AirgapError(
        "REFERENCE_INVALID",
        `Cannot push to "${this.title}": "${reference}" is not a tag`,
      );
    }
    const manifest = parseManifest(bytes, `manifest "${descriptor.digest}"`, descriptor.mediaType);
    await this.#explain(`push manifest "${reference}" to`, () =>
      this.#storage.writeManifest(this.name, manifest, isDigest(reference) ? undefined : reference),
    );
  }

  async listTags(signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    return [...((await this.#storage.listTags(this.name))?.keys() ?? [])];
  }

  async listReferrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    signal?.throwIfAborted();
    return findReferrers(this.#storage, this.name, subject);
  }

  /** What the file system says becomes an error that an operator can act on. */
  async #explain<T>(action: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (cause) {
      if (!(cause instanceof Error) || !("syscall" in cause)) throw cause;
      const message = `Cannot ${action} "${this.title}": ${describeFileError(cause)}`;
      throw new AirgapError("LAYOUT_NOT_WRITABLE", message, {
        exit: "disk",
        hint: "Free some of the disk, or write to another folder, and run the same again: what is there is not written twice.",
        cause,
      });
    }
  }
}

async function* countBytes(
  bytes: AsyncIterable<Uint8Array>,
  { onBytes, signal }: PushBlobOptions,
): AsyncIterable<Uint8Array> {
  let sent = 0;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    yield chunk;
    sent += chunk.length;
    onBytes?.(sent);
  }
}
