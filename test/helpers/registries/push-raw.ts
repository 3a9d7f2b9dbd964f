import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest, type ImageIndex, type Manifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { type Answer, send } from "./send.ts";

/** Uploads a blob as most clients do: POST, then one PUT. Gives the answer to the PUT. */
export async function pushBlobRaw(
  url: string,
  repository: string,
  content: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer & { readonly digest: Digest }> {
  const digest = digestOf(content);
  const started = await send("POST", `${url}/v2/${repository}/blobs/uploads/`, { headers });
  const location = new URL(started.headers["location"] ?? "", `${url}/v2/`);
  const glue = location.href.includes("?") ? "&" : "?";
  const answer = await send("PUT", `${location.href}${glue}digest=${digest}`, {
    headers: { "content-type": "application/octet-stream", ...headers },
    body: content,
  });
  return { ...answer, digest };
}

export async function pushManifestRaw(
  url: string,
  repository: string,
  reference: string,
  manifest: Manifest | ImageIndex,
): Promise<Answer> {
  return send("PUT", `${url}/v2/${repository}/manifests/${reference}`, {
    headers: { "content-type": manifest.descriptor.mediaType },
    body: manifest.bytes,
  });
}

/** A small image whose bytes follow from its seed; its blobs are in the repository, its manifest is not yet. */
export async function pushImageBlobs(
  url: string,
  repository: string,
  seed: string,
  family: "docker" | "oci" = "oci",
): Promise<Manifest> {
  const layer = `layer ${seed}`;
  const config = JSON.stringify({
    architecture: "arm64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  });
  for (const content of [layer, config]) await pushBlobRaw(url, repository, content);
  const types = mediaTypes[family];
  return buildManifest(family, describe(config, types.config), [describe(layer, types.layerGzip)]);
}

function describe(content: string, mediaType: string): Manifest["config"] {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
}

/** An index over manifests that were pushed. */
export function indexOf(manifests: readonly Manifest[], family: "docker" | "oci" = "oci"): ImageIndex {
  return buildIndex(
    family,
    manifests.map(({ descriptor }) => ({ ...descriptor, platform: { os: "linux", architecture: "arm64" } })),
  );
}
