import type { CountedLayer } from "../../content/counted-layer.ts";
import type { ImageSource } from "../../content/image-source.ts";
import type { OpenableBlob } from "../../content/repository.ts";
import { type Digest } from "../../oci/digest.ts";
import { isImageManifest, ownLayers, parseManifest, type RawManifest } from "../../oci/manifest.ts";
import type { LayerCompression } from "../../oci/media-type.ts";

/** A layer that a place is known to have. */
export interface KnownLayer extends Pick<CountedLayer, "digest" | "size" | "repositories" | "names"> {
  readonly diffID?: Digest | undefined;
  /** Of the blob, where that is told. */
  readonly compression?: LayerCompression | undefined;
}

/** What a place has, out of inventories and of archives that were loaded there. */
export class KnownLayers {
  readonly #byDigest = new Map<Digest, KnownLayer>();
  readonly #byDiffID = new Map<Digest, KnownLayer>();
  readonly #taken = new Set<Digest>();

  add(layer: KnownLayer): void {
    const known = this.#byDigest.get(layer.digest);
    const joined: KnownLayer = known
      ? {
          ...known,
          ...(known.diffID ? {} : { diffID: layer.diffID }),
          repositories: [...new Set([...known.repositories, ...layer.repositories])],
          names: [...new Set([...known.names, ...layer.names])],
        }
      : layer;
    this.#byDigest.set(layer.digest, joined);
    if (joined.diffID) this.#byDiffID.set(joined.diffID, joined);
  }

  /** Finds a layer as a registry's `LayerReuse` does; what is found so is looked into where it is loaded. */
  async find(_: unknown, diffID: Digest): Promise<KnownReuse | undefined> {
    const known = this.#byDiffID.get(diffID);
    if (known?.compression === undefined) return undefined;
    this.#taken.add(known.digest);
    return { descriptor: { digest: known.digest, size: known.size }, compression: known.compression };
  }

  /** Takes the layers of images that are known out of what is to be written; gives what the archive then counts on. */
  leaveOut(manifests: ReadonlyMap<Digest, RawManifest>, blobs: Map<Digest, OpenableBlob>): CountedLayer[] {
    const counted = new Map<Digest, CountedLayer>();
    for (const { bytes, descriptor } of manifests.values()) {
      const manifest = parseManifest(bytes, descriptor.digest, descriptor.mediaType);
      if (manifest.kind === "index" || !isImageManifest(manifest)) continue;
      for (const { digest, size } of ownLayers(manifest)) {
        const known = this.#byDigest.get(digest);
        if (known?.size !== size) continue;
        blobs.delete(digest);
        const { repositories, names } = known;
        counted.set(digest, { digest, size, repositories, names, byDiffID: this.#taken.has(digest) });
      }
    }
    return [...counted.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  }
}

interface KnownReuse {
  readonly descriptor: Pick<CountedLayer, "digest" | "size">;
  readonly compression: LayerCompression;
}

/**
 * The layers of an archive that was loaded, and those that it counted on itself; gives how many. Of images without manifests,
 * as docker saves them, nobody knows what their layers are in a registry.
 */
export function addArchiveLayers(known: KnownLayers, { images }: ImageSource): number {
  let added = 0;
  for (const { names, layers, manifest } of images) {
    for (const { descriptor, diffID, expected, stored } of manifest ? layers : []) {
      if (!descriptor) continue;
      added++;
      const { digest, size } = descriptor;
      const repositories = expected?.paths ?? [];
      const had = [...names, ...(expected?.repositories ?? [])];
      known.add({ digest, size, diffID, repositories, names: had, compression: stored?.compression });
    }
  }
  return added;
}
