import type {
  BlobOutcome,
  Deletion,
  ManagedRepository,
  Opener,
  PushBlobOptions,
} from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { RawManifest } from "../oci/manifest.ts";
import { printable } from "../oci/printable.ts";
import { isRepository } from "../oci/reference.ts";
import { blobDamaged } from "./blobs/blob-damaged.ts";
import type { BlobPusher } from "./blobs/blob-pusher.ts";
import { fetchBlob } from "./blobs/fetch-blob.ts";
import { deleteManifest } from "./manifests/delete-manifest.ts";
import { fetchDescriptor } from "./manifests/fetch-descriptor.ts";
import { fetchManifest } from "./manifests/fetch-manifest.ts";
import { askForByte, lookUpBlob } from "./blobs/look-up-blob.ts";
import { listReferrers } from "./manifests/list-referrers.ts";
import { listTags } from "./manifests/list-tags.ts";
import type { ManifestPusher } from "./manifests/manifest-pusher.ts";
import { readRules } from "./refusal/refusal-rules.ts";
import type { RegistryClient } from "./client/registry-client.ts";
import { note } from "../content/notice.ts";
import type { UnderWay } from "./http/under-way.ts";

/** What the repositories of one registry share. */
export interface RegistryParts {
  readonly client: RegistryClient;
  readonly blobs: BlobPusher;
  readonly manifests: ManifestPusher;
  readonly underWay: UnderWay;
  readonly patience: Patience;
}

/** Whether the registry is still believed to have what it took and does not show. */
export interface Patience {
  isOver: boolean;
}

const longestWait = 8000;

/** One repository of a registry. */
export class RegistryRepository implements ManagedRepository {
  readonly name: string;
  readonly title: string;
  readonly #parts: RegistryParts;

  constructor(name: string, parts: RegistryParts) {
    if (!isRepository(name)) {
      throw new AirgapError("REFERENCE_INVALID", `Cannot use "${printable(name)}" as a repository`, {
        exit: "usage",
      });
    }
    this.name = name;
    this.title = `${parts.client.host}/${name}`;
    this.#parts = parts;
  }

  /** Where HEAD is not answered, or says that there is nothing, asks for the first byte (decision 20). */
  async hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const { client } = this.#parts;
    const action = `look up blob "${descriptor.digest}" in "${this.title}"`;
    const target = { access: { repository: this.name }, action, signal };
    const found = await lookUpBlob(client, target, descriptor);
    const isCertain = found === "present" || found === "damaged";
    const certain = isCertain ? found : await askForByte(client, target, descriptor, readRules);
    if (certain === "damaged") client.onNotice(note(blobDamaged(action, descriptor).message));
    // Bytes whose length does not show are the reader's to check.
    return certain === "present" || certain === "unknown";
  }

  fetchBlob(descriptor: Descriptor, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return fetchBlob(this.#parts.client, this.name, descriptor, signal);
  }

  pushBlob(descriptor: Descriptor, open: Opener, options: PushBlobOptions = {}): Promise<BlobOutcome> {
    const { blobs, underWay } = this.#parts;
    return underWay.run(options.signal, (signal) =>
      blobs.push({ repository: this.name, descriptor, open, options: { ...options, signal } }),
    );
  }

  /** What was pushed and is not there by HEAD may be there by GET, whose word counts. */
  resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    const { client, manifests } = this.#parts;
    const ask = async (): Promise<Descriptor | undefined> => {
      const found = await fetchDescriptor(client, this.name, reference, signal);
      if (found || !manifests.hasPushed(this.name, reference)) return found;
      return (await fetchManifest(client, this.name, reference, signal))?.descriptor;
    };
    return this.#askFor(reference, ask, signal);
  }

  fetchManifest(reference: string, signal?: AbortSignal): Promise<RawManifest | undefined> {
    return this.#askFor(
      reference,
      () => fetchManifest(this.#parts.client, this.name, reference, signal),
      signal,
    );
  }

  pushManifest(reference: string, manifest: RawManifest, signal?: AbortSignal): Promise<void> {
    const { manifests, underWay } = this.#parts;
    return underWay.run(signal, (ending) =>
      manifests.push({ repository: this.name, reference, manifest, signal: ending }),
    );
  }

  async keepsUntagged(): Promise<boolean> {
    return (await this.#parts.client.open()).vendor.keepsUntagged ?? false;
  }

  listTags(signal?: AbortSignal): Promise<readonly string[]> {
    return listTags(this.#parts.client, this.name, signal);
  }

  listReferrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    return listReferrers(this.#parts.client, this.name, subject, signal);
  }

  deleteManifest(reference: string, signal?: AbortSignal): Promise<Deletion> {
    return deleteManifest(this.#parts.client, this.name, reference, signal);
  }

  /**
   * Some registries, such as Nexus, take their time to know a manifest that they took (registry.md 6.3). One that was waited for
   * in vain is not waited for again: it keeps nothing, and would hold a run for as long for each manifest.
   */
  async #askFor<T>(
    reference: string,
    ask: () => Promise<T | undefined>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const { client, manifests, patience } = this.#parts;
    for (let wait = 1000; ; wait *= 2) {
      const found = await ask();
      if (found !== undefined || !manifests.hasPushed(this.name, reference)) return found;
      if (wait > longestWait) patience.isOver = true;
      if (patience.isOver) return undefined;
      await client.clock.sleep(wait, signal);
    }
  }
}
