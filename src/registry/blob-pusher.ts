import type { BlobOutcome, Opener, PushBlobOptions, Repository } from "../content/repository.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { putBlob, startUpload, type UploadSession } from "./blob-upload.ts";
import type { RegistryClient } from "./registry-client.ts";
import { pushScopes } from "./scopes.ts";
import type { Slots } from "./slots.ts";
import { headerOf } from "./transport.ts";
import { resolveUploadLocation } from "./upload-location.ts";

/** Puts blobs into the repositories of one registry: each once, and mounted where another repository has it. */
export class BlobPusher {
  readonly #client: RegistryClient;
  readonly #slots: Slots;
  readonly #commitTimeout: number;
  readonly #flights = new Map<string, Promise<BlobOutcome>>();
  readonly #holders = new Map<Digest, Set<string>>();
  readonly #first = new Map<Digest, Promise<unknown>>();

  constructor(client: RegistryClient, slots: Slots, commitTimeout: number) {
    this.#client = client;
    this.#slots = slots;
    this.#commitTimeout = commitTimeout;
  }

  async push(
    repository: Repository,
    descriptor: Descriptor,
    open: Opener,
    options: PushBlobOptions,
  ): Promise<BlobOutcome> {
    const key = `${repository.name}@${descriptor.digest}`;
    const known = this.#flights.get(key);
    if (known) {
      await known;
      return "present";
    }
    const flight = this.#pushOnce(repository, descriptor, open, options);
    this.#flights.set(key, flight);
    flight.catch(() => this.#flights.delete(key));
    return flight;
  }

  async #pushOnce(
    repository: Repository,
    descriptor: Descriptor,
    open: Opener,
    options: PushBlobOptions,
  ): Promise<BlobOutcome> {
    while (!this.#holders.has(descriptor.digest) && this.#first.has(descriptor.digest))
      await this.#first.get(descriptor.digest)?.catch(() => undefined);
    const flight = this.#slots.run(() => this.#place(repository, descriptor, open, options));
    if (!this.#first.has(descriptor.digest)) {
      this.#first.set(descriptor.digest, flight);
      const forget = (): boolean => this.#first.delete(descriptor.digest);
      flight.then(forget, forget);
    }
    const outcome = await flight;
    const holders = this.#holders.get(descriptor.digest) ?? new Set();
    this.#holders.set(descriptor.digest, holders.add(repository.name));
    return outcome;
  }

  async #place(
    repository: Repository,
    descriptor: Descriptor,
    open: Opener,
    options: PushBlobOptions,
  ): Promise<BlobOutcome> {
    const { signal, onBytes } = options;
    const action = `push blob "${descriptor.digest}" to "${repository.title}"`;
    if (await repository.hasBlob(descriptor, signal)) return "present";
    const upload = {
      repository: repository.name,
      descriptor,
      open,
      action,
      scopes: pushScopes(repository.name),
      commitTimeout: this.#commitTimeout,
      onBytes,
      signal,
    };
    const candidates = new Set([
      ...(this.#holders.get(descriptor.digest) ?? []),
      ...(options.mountFrom ?? []),
    ]);
    candidates.delete(repository.name);
    let session: UploadSession | undefined;
    for (const from of candidates) {
      const answer = await this.#mount(repository.name, descriptor.digest, from, action, signal);
      if (answer === "mounted") return "mounted";
      session = answer;
    }
    session ??= await startUpload(this.#client, upload);
    await putBlob(this.#client, upload, session);
    return "pushed";
  }

  async #mount(
    name: string,
    digest: Digest,
    from: string,
    action: string,
    signal: AbortSignal | undefined,
  ): Promise<"mounted" | UploadSession | undefined> {
    const { origin } = await this.#client.open();
    const url = new URL(
      `/v2/${name}/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`,
      origin,
    );
    try {
      const response = await this.#client.send({
        method: "POST",
        url,
        scopes: pushScopes(name, from),
        action,
        accept: [201, 202],
        attempts: 1,
        signal,
      });
      await response.discard();
      if (response.status === 201) return "mounted";
      return { location: resolveUploadLocation(headerOf(response, "location"), url, action).url };
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
  }
}
