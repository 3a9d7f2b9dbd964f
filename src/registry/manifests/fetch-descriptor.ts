import type { Descriptor } from "../../oci/descriptor.ts";
import { isDigest } from "../../oci/digest.ts";
import { manifestMediaTypes, stripMediaTypeParameters } from "../../oci/media-type.ts";
import { fetchManifest } from "./fetch-manifest.ts";
import { manifestPath, manifestTitle } from "./manifest-path.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";
import { headerOf, type RegistryResponse } from "../http/transport.ts";

/**
 * What a tag or digest names, or undefined for nothing. Asks with HEAD; where a registry does not answer that (Nexus
 * 3.96: 500), or leaves headers out, the manifest itself is fetched.
 */
export async function fetchDescriptor(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const response = await head(client, repository, reference, signal);
  if (response?.status === 404) return undefined;
  const described = response && describe(response);
  return described ?? (await fetchManifest(client, repository, reference, signal))?.descriptor;
}

async function head(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<RegistryResponse | undefined> {
  try {
    const response = await client.send({
      method: "HEAD",
      url: manifestPath(repository, reference),
      access: { repository },
      action: `look up "${manifestTitle(client.host, repository, reference)}"`,
      accept: [200, 404],
      headers: { accept: manifestMediaTypes.join(", ") },
      attempts: 2,
      signal,
    });
    await response.discard();
    return response;
  } catch (error) {
    if (error instanceof RegistryRefusal && error.refusal.status !== 401) return undefined;
    throw error;
  }
}

function describe(response: RegistryResponse): Descriptor | undefined {
  const digest = headerOf(response, "docker-content-digest") ?? "";
  const size = Number(headerOf(response, "content-length") || Number.NaN);
  const mediaType = stripMediaTypeParameters(headerOf(response, "content-type") ?? "");
  return isDigest(digest) && Number.isSafeInteger(size) && size > 0 && mediaType !== ""
    ? { mediaType, digest, size }
    : undefined;
}
