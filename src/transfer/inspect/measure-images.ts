import type { ContentReader } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { fetchChild } from "../graph/fetch-child.ts";
import { listImages } from "../graph/select-images.ts";

/** One image with what it weighs. */
export interface MeasuredImage {
  readonly platform: Platform;
  readonly manifest: Manifest;
  /** Manifest, config and layers together, in bytes. */
  readonly size: number;
}

export interface MeasuredList {
  readonly images: readonly MeasuredImage[];
  readonly attestations: readonly Descriptor[];
  /** Bytes of everything, what images share counted once. */
  readonly total: number;
}

/** Reads the manifests of all images of a list, or the one there is, and adds their parts up. */
export async function measureImages(
  root: Manifest | ImageIndex,
  source: ContentReader,
  signal?: AbortSignal,
): Promise<MeasuredList> {
  const images: ReadImage[] = [];
  for (const { descriptor, platform } of await listImages(root, source, signal)) {
    const manifest = root.kind === "manifest" ? root : await fetchChild(source, descriptor, signal);
    if (manifest.kind === "manifest") images.push({ platform, manifest });
  }
  return addUp(root, images);
}

type ReadImage = Pick<MeasuredImage, "platform" | "manifest">;

/** The same where all manifests are read. */
export function addUp(root: Manifest | ImageIndex, images: readonly ReadImage[]): MeasuredList {
  const parts = new Map([[root.descriptor.digest, root.descriptor.size]]);
  const measured = images.map(({ platform, manifest }) => {
    const own = [manifest.descriptor, manifest.config, ...manifest.layers];
    for (const { digest, size } of own) parts.set(digest, size);
    return { platform, manifest, size: own.reduce((sum, { size }) => sum + size, 0) };
  });
  const children = root.kind === "index" ? root.manifests : [];
  return {
    images: measured,
    attestations: children.filter(isAttestation),
    total: [...parts.values()].reduce((sum, size) => sum + size, 0),
  };
}
