import { createHash } from "node:crypto";
import { type Digest, digestAlgorithm, isDigest } from "../../oci/digest.ts";
import { maxManifestSize, parseManifest, type RawManifest } from "../../oci/manifest.ts";
import { stripMediaTypeParameters } from "../../oci/media-type.ts";
import { checkDigest } from "../../storage/check-digest.ts";
import { type Exchange, sendBytes, sendEmpty } from "../http/exchange.ts";
import { isUnchanged } from "../http/is-unchanged.ts";
import { readBody } from "../http/read-body.ts";
import { RegistryError } from "../http/registry-error.ts";

/** GET and HEAD of a manifest by tag or digest (spec.md#pulling-manifests; end-3). `Accept` is not needed, nor looked at. */
export async function sendManifest(exchange: Exchange): Promise<void> {
  const { storage, response, route } = exchange;
  const manifest = await storage.readManifest(route.repository, route.reference);
  if (!manifest) throw manifestUnknown();
  const { digest, mediaType } = manifest.descriptor;
  const headers = { "docker-content-digest": digest, etag: `"${digest}"` };
  if (isUnchanged(exchange, digest)) response.writeHead(304, headers).end();
  else sendBytes(response, 200, manifest.bytes, { "content-type": mediaType, ...headers });
}

function manifestUnknown(): RegistryError {
  return new RegistryError(404, "MANIFEST_UNKNOWN", "the manifest is not in this repository");
}

/** PUT of a manifest: its own form, its digest and all that it names are checked first (spec.md#pushing-manifests; end-7). */
export async function acceptManifest(exchange: Exchange): Promise<void> {
  const { storage, request, response, route } = exchange;
  const { repository, reference } = route;
  const bytes = await readBody(request, maxManifestSize);
  const mediaType = stripMediaTypeParameters(request.headers["content-type"] ?? "");
  const manifest = parseManifest(bytes, "the manifest", mediaType === "" ? undefined : mediaType);
  const named = isDigest(reference) ? nameByDigest(manifest, reference) : manifest;
  await storage.writeManifest(repository, named, isDigest(reference) ? undefined : reference);
  sendEmpty(response, 201, {
    location: `/v2/${repository}/manifests/${reference}`,
    "docker-content-digest": named.descriptor.digest,
    ...(manifest.subject ? { "oci-subject": manifest.subject.digest } : {}),
  });
}

function nameByDigest<T extends RawManifest>(manifest: T, digest: Digest): T {
  checkDigest(createHash(digestAlgorithm(digest)).update(manifest.bytes), digest);
  return { ...manifest, descriptor: { ...manifest.descriptor, digest } };
}

/** DELETE of a tag, or of a manifest with all its tags (spec.md#deleting-tags, #deleting-manifests; end-9). */
export async function deleteManifest({ storage, response, route }: Exchange): Promise<void> {
  const { repository, reference } = route;
  const done = isDigest(reference)
    ? await storage.deleteManifest(repository, reference)
    : await storage.deleteTag(repository, reference);
  if (!done) throw manifestUnknown();
  sendEmpty(response, 202);
}
