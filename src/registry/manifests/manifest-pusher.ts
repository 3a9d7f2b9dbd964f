import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestAlgorithm, isDigest } from "../../oci/digest.ts";
import { type ManifestParts, parseManifest, partsOf, type RawManifest } from "../../oci/manifest.ts";
import type { BlobPusher } from "../blobs/blob-pusher.ts";
import { fetchDescriptor } from "./fetch-descriptor.ts";
import { lookUpBlob } from "../blobs/look-up-blob.ts";
import { KeyQueue } from "../http/key-queue.ts";
import { explainForeign, hasForeignLayers, refusesForeign } from "./foreign-refusal.ts";
import { manifestPath, manifestTitle } from "./manifest-path.ts";
import { manifestRules } from "../refusal/refusal-rules.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";
import { headerOf } from "../http/transport.ts";

export interface ManifestPush {
  readonly repository: string;
  /** A tag, or the manifest's own digest. */
  readonly reference: string;
  readonly manifest: RawManifest;
  readonly signal?: AbortSignal | undefined;
}

const timeout = 120_000;
const mostHealings = 4;
/** Enough to tell a server that is in trouble for a moment from one that never takes them. */
const foreignAttempts = 3;
const mayBeStored = new Set(["TAG_IMMUTABLE", "REGISTRY_GAVE_UP"]);

/**
 * Puts manifests into the repositories of one registry. One digest goes up once at a time, since Quay and Artifactory
 * refuse the second of two (registry.md 6.5); what a registry lost of a manifest's parts is sent again.
 */
export class ManifestPusher {
  readonly #client: RegistryClient;
  readonly #blobs: BlobPusher;
  readonly #turns = new KeyQueue<Digest>();
  /** What was stored, by digest and by tag, should a registry lose it; manifests are small. */
  readonly #stored = new Map<string, RawManifest>();

  constructor(client: RegistryClient, blobs: BlobPusher) {
    this.#client = client;
    this.#blobs = blobs;
  }

  async push(push: ManifestPush): Promise<void> {
    const { repository, reference, manifest } = push;
    const { digest } = manifest.descriptor;
    await this.#turns.run(digest, () => this.#putOrHeal(push));
    for (const name of [reference, digest]) this.#stored.set(`${repository}@${name}`, manifest);
    const released = listParts(manifest).blobs.map((blob) => blob.digest);
    this.#blobs.release(repository, released);
  }

  /** Whether a registry must know that tag or digest, since it took it in this run. */
  hasPushed(repository: string, reference: string): boolean {
    return this.#stored.has(`${repository}@${reference}`);
  }

  async #putOrHeal(push: ManifestPush): Promise<void> {
    // distribution answers 500 to urls that it does not allow, which no number of tries changes.
    if (hasForeignLayers(push.manifest) && (await this.#tryForeign(push))) return;
    for (let healings = 0; ; healings++) {
      try {
        return await this.#put(push);
      } catch (error) {
        push.signal?.throwIfAborted();
        if (!(error instanceof RegistryRefusal)) throw error;
        if (mayBeStored.has(error.code) && (await this.#isStored(push))) return;
        if (healings === mostHealings || !(await this.#heal(push, error))) throw error;
        await this.#client.clock.sleep(1000 * 2 ** healings, push.signal);
      }
    }
  }

  /** A few tries with layers that are elsewhere; false where they failed for something else, perhaps passing. */
  async #tryForeign(push: ManifestPush): Promise<boolean> {
    try {
      await this.#put(push, foreignAttempts);
      return true;
    } catch (error) {
      push.signal?.throwIfAborted();
      if (error instanceof RegistryRefusal && refusesForeign(error)) throw explainForeign(error);
      return false;
    }
  }

  async #put({ repository, reference, manifest, signal }: ManifestPush, attempts?: number): Promise<void> {
    const { descriptor, bytes } = manifest;
    const action = `push manifest "${manifestTitle(this.#client.host, repository, reference)}"`;
    const response = await this.#client.send({
      method: "PUT",
      url: manifestPath(repository, reference),
      access: { repository },
      action,
      accept: [200, 201, 202, 204],
      rules: manifestRules,
      headers: { "content-type": descriptor.mediaType },
      body: { size: bytes.length, open: () => bytes, replayable: true },
      timeout,
      ...(attempts === undefined ? {} : { attempts }),
      signal,
    });
    await response.discard();
    checkStoredDigest(headerOf(response, "docker-content-digest"), descriptor.digest, action);
  }

  /** Registries that protect tags refuse the same manifest too, and Pulp answers 429 to one that it is still storing. */
  async #isStored({ repository, reference, manifest, signal }: ManifestPush): Promise<boolean> {
    const found = await fetchDescriptor(this.#client, repository, reference, signal).catch(() => undefined);
    return found?.digest === manifest.descriptor.digest;
  }

  /**
   * Looks for the parts that a refused manifest names and sends again what is missing. Gives whether another try makes
   * sense: where parts are said to be missing and are there, the registry may only be slow to know it (Nexus).
   */
  async #heal(push: ManifestPush, refusal: RegistryRefusal): Promise<boolean> {
    const isMissing = refusal.code === "MANIFEST_PARTS_MISSING";
    if (!isMissing && !isVague(refusal)) return false;
    const { blobs, manifests } = listParts(push.manifest);
    const outcomes = [];
    const { message } = refusal.refusal;
    for (const blob of blobs) {
      const isNamed = isMissing && (message.includes(blob.digest) || !message.includes("sha256:"));
      outcomes.push(await this.#healBlob(push, blob, isNamed));
    }
    for (const child of manifests) outcomes.push(await this.#healManifest(push, child));
    if (outcomes.includes("lost")) return false;
    return isMissing || outcomes.includes("restored");
  }

  /** Where the registry does not say whether it has a blob, or only said so before, one that it may have named is sent again. */
  async #healBlob(
    { repository, signal }: ManifestPush,
    blob: Descriptor,
    isNamed: boolean,
  ): Promise<"there" | "restored" | "lost"> {
    const action = `look up blob "${blob.digest}" in "${this.#client.host}/${repository}"`;
    const isDoubted = isNamed && this.#blobs.isOnlyPromised(repository, blob.digest);
    const target = { access: { repository }, action, signal };
    const found = isDoubted ? "absent" : await lookUpBlob(this.#client, target, blob);
    if (found === "present" || (found === "unknown" && !isNamed)) return "there";
    if (await this.#blobs.restore(repository, blob.digest)) return "restored";
    return found === "absent" || found === "damaged" ? "lost" : "there";
  }

  async #healManifest(
    { repository, signal }: ManifestPush,
    child: Descriptor,
  ): Promise<"there" | "restored" | "lost"> {
    if (await fetchDescriptor(this.#client, repository, child.digest, signal)) return "there";
    const manifest = this.#stored.get(`${repository}@${child.digest}`);
    if (!manifest) return "lost";
    await this.#put({ repository, reference: child.digest, manifest, signal });
    return "restored";
  }
}

/** Whether a manifest may be refused for a missing part without a word of it: old servers, and proxies with error pages of their own. */
function isVague({ code, refusal: { status, codes } }: RegistryRefusal): boolean {
  return status === 400
    ? code === "MEDIA_TYPE_REFUSED" || codes.length === 0
    : status === 404 && codes.length === 0;
}

/** Nothing for what cannot be read: it is the registry's to judge. */
function listParts(manifest: RawManifest): ManifestParts {
  try {
    return partsOf(parseManifest(manifest.bytes, "manifest", manifest.descriptor.mediaType));
  } catch {
    return { blobs: [], manifests: [] };
  }
}

function checkStoredDigest(stored: string | undefined, digest: Digest, action: string): void {
  if (stored === undefined || !isDigest(stored) || stored === digest) return;
  if (digestAlgorithm(stored) !== digestAlgorithm(digest)) return;
  throw new AirgapError(
    "DIGEST_DIFFERS",
    `Cannot ${action}: want digest ${digest}, the registry stored ${stored}`,
    {
      exit: "protocol",
      hint: "The registry, or a proxy in front of it, changes manifests: that must be switched off.",
    },
  );
}
