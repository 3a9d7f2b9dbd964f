import {
  maxMetadataSize,
  type BlobOutcome,
  type Opener,
  type PushBlobOptions,
  type Repository,
} from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { digestOf, isDigest } from "../oci/digest.ts";
import { asArray, asObject, asString, parseJson } from "../oci/json.ts";
import { maxManifestSize, type RawManifest } from "../oci/manifest.ts";
import { manifestMediaTypes, stripMediaTypeParameters } from "../oci/media-type.ts";
import { printable } from "../oci/printable.ts";
import { isRepository, isTag } from "../oci/reference.ts";
import { checkBytes } from "./check-bytes.ts";
import { readBody } from "./read-body.ts";
import type { BlobPusher } from "./blob-pusher.ts";
import type { RegistryClient } from "./registry-client.ts";
import { pushScopes } from "./scopes.ts";
import { headerOf, type RegistryResponse } from "./transport.ts";

export interface RegistryRepositoryOptions {
  readonly host: string;
  readonly name: string;
  readonly client: RegistryClient;
  readonly blobs: BlobPusher;
}

const manifestTimeout = 120_000;

/** One repository of a registry. */
export class RegistryRepository implements Repository {
  readonly name: string;
  readonly title: string;
  readonly #client: RegistryClient;
  readonly #blobs: BlobPusher;
  readonly #scopes: readonly string[];

  constructor(options: RegistryRepositoryOptions) {
    this.name = checkName(options.name);
    this.title = `${options.host}/${options.name}`;
    this.#client = options.client;
    this.#blobs = options.blobs;
    this.#scopes = pushScopes(options.name);
  }

  async hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const response = await this.#client.send({
      method: "HEAD",
      url: this.#path(`blobs/${descriptor.digest}`),
      scopes: this.#scopes,
      action: `look up blob "${descriptor.digest}" in "${this.title}"`,
      accept: [200, 302, 307, 404],
      signal,
    });
    await response.discard();
    return response.status !== 404;
  }

  async *fetchBlob(
    descriptor: Descriptor,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const action = `fetch blob "${descriptor.digest}" from "${this.title}"`;
    const response = await this.#client.send({
      method: "GET",
      url: this.#path(`blobs/${descriptor.digest}`),
      scopes: this.#scopes,
      action,
      accept: [200],
      signal,
    });
    yield* checkBytes(descriptor, response.body, action);
  }

  pushBlob(descriptor: Descriptor, open: Opener, options: PushBlobOptions = {}): Promise<BlobOutcome> {
    return this.#blobs.push(this, descriptor, open, options);
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    const response = await this.#client.send({
      method: "HEAD",
      url: this.#manifestPath(reference),
      scopes: this.#scopes,
      action: `look up "${this.#full(reference)}"`,
      accept: [200, 404],
      headers: { accept: manifestMediaTypes.join(", ") },
      signal,
    });
    await response.discard();
    if (response.status === 404) return undefined;
    const digest = headerOf(response, "docker-content-digest") ?? "";
    const size = Number(headerOf(response, "content-length") ?? Number.NaN);
    const mediaType = stripMediaTypeParameters(headerOf(response, "content-type") ?? "");
    if (isDigest(digest) && Number.isSafeInteger(size) && mediaType) return { mediaType, digest, size };
    return (await this.fetchManifest(reference, signal))?.descriptor;
  }

  async fetchManifest(reference: string, signal?: AbortSignal): Promise<RawManifest | undefined> {
    const action = `fetch "${this.#full(reference)}"`;
    const response = await this.#client.send({
      method: "GET",
      url: this.#manifestPath(reference),
      scopes: this.#scopes,
      action,
      accept: [200, 404],
      headers: { accept: manifestMediaTypes.join(", ") },
      timeout: manifestTimeout,
      signal,
    });
    if (response.status === 404) {
      await response.discard();
      return undefined;
    }
    const bytes = await readBody(response, maxManifestSize, action);
    const descriptor = {
      mediaType: stripMediaTypeParameters(headerOf(response, "content-type") ?? ""),
      digest: digestOf(bytes),
      size: bytes.length,
    };
    const wanted = isDigest(reference)
      ? reference
      : (headerOf(response, "docker-content-digest") ?? descriptor.digest);
    if (wanted === descriptor.digest) return { descriptor, bytes };
    throw new AirgapError(
      "DIGEST_DIFFERS",
      `Cannot ${action}: want digest ${printable(wanted)}, got bytes with ${descriptor.digest}`,
      { exit: "protocol" },
    );
  }

  async pushManifest(reference: string, manifest: RawManifest, signal?: AbortSignal): Promise<void> {
    const { descriptor, bytes } = manifest;
    const action = `push manifest "${this.#full(reference)}"`;
    const response = await this.#client.send({
      method: "PUT",
      url: this.#manifestPath(reference),
      scopes: this.#scopes,
      action,
      accept: [200, 201, 202, 204],
      headers: { "content-type": descriptor.mediaType },
      body: bytes,
      timeout: manifestTimeout,
      signal,
    });
    await response.discard();
    checkStoredDigest(response, descriptor, action);
  }

  async listTags(signal?: AbortSignal): Promise<readonly string[]> {
    const action = `list the tags of "${this.title}"`;
    const tags: string[] = [];
    let next: string | URL | undefined = this.#path("tags/list?n=1000");
    while (next) {
      const response: RegistryResponse = await this.#client.send({
        method: "GET",
        url: next,
        scopes: this.#scopes,
        action,
        accept: [200, 404],
        signal,
      });
      if (response.status === 404) {
        await response.discard();
        return tags;
      }
      const page = asObject(
        parseJson(await readBody(response, maxMetadataSize, action), { what: action }),
        action,
      );
      tags.push(...asArray(page.get("tags"), action).map((tag) => asString(tag, action)));
      const link: string | undefined = /<([^>]*)>\s*;\s*rel="?next"?/.exec(
        headerOf(response, "link") ?? "",
      )?.[1];
      next =
        link === undefined ? undefined : new URL(link, new URL(next, (await this.#client.open()).origin));
    }
    return tags;
  }

  #path(rest: string): string {
    return `/v2/${this.name}/${rest}`;
  }

  #manifestPath(reference: string): string {
    if (isTag(reference) || isDigest(reference)) return this.#path(`manifests/${reference}`);
    throw new AirgapError(
      "REFERENCE_INVALID",
      `Cannot use "${printable(reference)}": want a tag or a digest`,
      { exit: "usage" },
    );
  }

  #full(reference: string): string {
    return `${this.title}${isDigest(reference) ? "@" : ":"}${printable(reference)}`;
  }
}

function checkName(name: string): string {
  if (isRepository(name)) return name;
  throw new AirgapError(
    "REFERENCE_INVALID",
    `Cannot use repository "${printable(name)}": it is not a repository path`,
    { exit: "usage" },
  );
}

function checkStoredDigest(response: RegistryResponse, descriptor: Descriptor, action: string): void {
  const stored = headerOf(response, "docker-content-digest");
  if (stored === undefined || !isDigest(stored) || stored === descriptor.digest) return;
  throw new AirgapError(
    "DIGEST_DIFFERS",
    `Cannot ${action}: want digest ${descriptor.digest}, the registry stored ${stored}`,
    { exit: "protocol" },
  );
}
