import type { BlobOutcome, Opener, PushBlobOptions } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { blobDamaged } from "./blob-damaged.ts";
import { lookUpBlob } from "./look-up-blob.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import type { Slots } from "../http/slots.ts";
import { type BlobUpload, runUpload, type UploadHost, type UploadSettings } from "./run-upload.ts";
import { UploadLadder } from "./upload-ladder.ts";
import { dropUpload, requestMount, type UploadSession } from "./upload-session.ts";
import { note } from "../../content/notice.ts";

interface BlobPush {
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly open: Opener;
  readonly options: PushBlobOptions;
  /** Whether a refused manifest has shown that the registry does not have it, whatever it says when asked. */
  readonly isMissing?: boolean;
}

interface StartedPush {
  readonly outcome: Promise<BlobOutcome>;
  readonly signal: AbortSignal | undefined;
}

/** More tries to mount would take longer than they save. */
const mostMounts = 3;

/**
 * Puts blobs into the repositories of one registry: each blob once into each, at most so many at a time, and while one
 * is on its way for the first time others wait to have it mounted (registry.md 5.7).
 */
export class BlobPusher {
  readonly #client: RegistryClient;
  readonly #settings: UploadSettings;
  readonly #slots: Slots;
  /** By repository and digest, as all keys here. */
  readonly #started = new Map<string, StartedPush>();
  /** What is there: nothing of a push is kept beyond its end, of which there may be very many. */
  readonly #done = new Set<string>();
  /** How to send a blob again, until the manifest that needs it is accepted. */
  readonly #sources = new Map<string, BlobPush>();
  /** Whose bytes were sent in this run. */
  readonly #sent = new Set<string>();
  readonly #holders = new Map<Digest, Set<string>>();
  readonly #underWay = new Map<Digest, Promise<unknown>>();

  #host: Promise<UploadHost> | undefined;

  constructor(client: RegistryClient, settings: UploadSettings, slots: Slots) {
    this.#client = client;
    this.#settings = settings;
    this.#slots = slots;
  }

  /** Puts a blob; who asks for one that is under way waits for it and is told `present`. */
  async push(push: BlobPush): Promise<BlobOutcome> {
    const key = keyOf(push.repository, push.descriptor.digest);
    this.#sources.set(key, push);
    if (this.#done.has(key)) return "present";
    const known = this.#started.get(key);
    if (!known) return this.#start(key, push);
    try {
      await known.outcome;
      return "present";
    } catch (error) {
      // The other one's wish to stop is not ours.
      if (!known.signal?.aborted || push.options.signal?.aborted) throw error;
      return this.push(push);
    }
  }

  /** Sends a blob once more that the registry has lost; false where its source is not known any more. */
  async restore(repository: string, digest: Digest): Promise<boolean> {
    const key = keyOf(repository, digest);
    const push = this.#sources.get(key);
    if (!push) return false;
    this.#holders.get(digest)?.delete(repository);
    await this.#start(key, { ...push, isMissing: true });
    return true;
  }

  /** Whether the registry only says that it has a blob: none of its bytes were sent to that repository in this run. */
  isOnlyPromised(repository: string, digest: Digest): boolean {
    const key = keyOf(repository, digest);
    return this.#sources.has(key) && !this.#sent.has(key);
  }

  /** Lets go of the sources of blobs that a stored manifest now protects. */
  release(repository: string, digests: Iterable<Digest>): void {
    for (const digest of digests) this.#sources.delete(keyOf(repository, digest));
  }

  #start(key: string, push: BlobPush): Promise<BlobOutcome> {
    this.#done.delete(key);
    const outcome = this.#pushInTurn(push);
    const started = { outcome, signal: push.options.signal };
    this.#started.set(key, started);
    const end = (): void => {
      if (this.#started.get(key) === started) this.#started.delete(key);
    };
    outcome.then(() => {
      end();
      this.#done.add(key);
    }, end);
    return outcome;
  }

  async #pushInTurn(push: BlobPush): Promise<BlobOutcome> {
    const { digest, size } = push.descriptor;
    while (!this.#holders.get(digest)?.size && this.#underWay.has(digest)) {
      await this.#underWay.get(digest)?.catch(() => undefined);
    }
    const placing = this.#slots.run(() => this.#place(push), size);
    if (!this.#underWay.has(digest)) {
      this.#underWay.set(digest, placing);
      const forget = (): boolean => this.#underWay.delete(digest);
      placing.then(forget, forget);
    }
    const outcome = await placing;
    const holders = this.#holders.get(digest) ?? new Set();
    this.#holders.set(digest, holders.add(push.repository));
    return outcome;
  }

  async #place({ repository, descriptor, open, options, isMissing }: BlobPush): Promise<BlobOutcome> {
    const client = this.#client;
    const upload: BlobUpload = {
      access: { repository },
      action: `push blob "${descriptor.digest}" to "${client.host}/${repository}"`,
      descriptor,
      open,
      onBytes: options.onBytes,
      signal: options.signal,
    };
    options.signal?.throwIfAborted();
    const found = isMissing ? "absent" : await lookUpBlob(client, upload, descriptor);
    if (found === "present") return "present";
    const mounted = isMissing ? undefined : await this.#mount(upload, options.mountFrom ?? []);
    if (mounted === "mounted") return "mounted";
    await runUpload(await this.#openHost(), upload, mounted);
    if (found === "damaged") await this.#checkHealed(upload);
    this.#sent.add(keyOf(repository, descriptor.digest));
    return "pushed";
  }

  /** Bytes that a registry keeps short under a digest may stay there although the whole blob was sent. */
  async #checkHealed(upload: BlobUpload): Promise<void> {
    const client = this.#client;
    if ((await lookUpBlob(client, upload, upload.descriptor)) === "damaged") {
      throw blobDamaged(upload.action, upload.descriptor);
    }
    client.onNotice(
      note(
        `Registry "${client.host}" had bytes of another length under ${upload.descriptor.digest}: the blob was sent again`,
      ),
    );
  }

  /** What the registry's maker takes shows when it is first spoken to. */
  #openHost(): Promise<UploadHost> {
    this.#host ??= this.#client.open().then(({ vendor }) => ({
      ...this.#settings,
      client: this.#client,
      ladder: new UploadLadder(vendor),
      lastChunkInPut: vendor.lastChunkInPut ?? false,
    }));
    return this.#host;
  }

  /** Tries repositories that hold the blob; where the registry opens uploads instead, the last one is used. */
  async #mount(
    upload: BlobUpload,
    offered: readonly string[],
  ): Promise<"mounted" | UploadSession | undefined> {
    const client = this.#client;
    const { digest } = upload.descriptor;
    const candidates = new Set([...(this.#holders.get(digest) ?? []), ...offered]);
    candidates.delete(upload.access.repository);
    let session: UploadSession | undefined;
    for (const mountFrom of [...candidates].slice(0, mostMounts)) {
      if (session) await dropUpload(client, upload, session);
      const answer = await requestMount(client, upload, digest, mountFrom);
      if (answer === "mounted") return answer;
      session = answer;
    }
    return session;
  }
}

function keyOf(repository: string, digest: Digest): string {
  return `${repository}@${digest}`;
}
