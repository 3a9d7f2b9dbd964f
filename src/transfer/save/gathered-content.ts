import { checkBytes } from "../../content/check-bytes.ts";
import type { BlobOutcome, OpenableBlob, Opener, Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { RawManifest } from "../../oci/manifest.ts";

/** A repository that holds manifests, and of blobs only how to open them: what is put here is read when it is taken out. */
export class GatheredContent implements Repository {
  readonly name = "gathered";
  readonly title: string;
  readonly blobs: Map<Digest, OpenableBlob> = new Map();
  readonly manifests: Map<Digest, RawManifest> = new Map();
  readonly #tags = new Map<string, Digest>();

  constructor(title: string) {
    this.title = title;
  }

  async hasBlob({ digest }: Descriptor): Promise<boolean> {
    return this.blobs.has(digest);
  }

  fetchBlob(descriptor: Descriptor, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const action = `read blob "${descriptor.digest}" of "${this.title}"`;
    const blob = this.blobs.get(descriptor.digest);
    if (blob) return checkBytes(descriptor, blob.open(signal), action);
    throw new AirgapError("BLOB_UNKNOWN", `Cannot ${action}: it is not there`);
  }

  async pushBlob(descriptor: Descriptor, open: Opener): Promise<BlobOutcome> {
    this.blobs.set(descriptor.digest, { descriptor, open });
    return "present";
  }

  async resolve(reference: string): Promise<Descriptor | undefined> {
    return (await this.fetchManifest(reference))?.descriptor;
  }

  async fetchManifest(reference: string): Promise<RawManifest | undefined> {
    const digest = isDigest(reference) ? reference : this.#tags.get(reference);
    return digest && this.manifests.get(digest);
  }

  async pushManifest(reference: string, manifest: RawManifest): Promise<void> {
    const { digest } = manifest.descriptor;
    this.manifests.set(digest, manifest);
    if (!isDigest(reference)) this.#tags.set(reference, digest);
  }

  async listTags(): Promise<readonly string[]> {
    return [...this.#tags.keys()];
  }

  async listReferrers(): Promise<readonly Descriptor[]> {
    return [];
  }
}
