import { createHash } from "node:crypto";
import type { BlobOutcome, Opener, Store } from "../../../src/content/repository.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest, type ImageIndex } from "../../../src/oci/manifest.ts";
import { type Family, layerMediaType, mediaTypes } from "../../../src/oci/media-type.ts";

export interface TestBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly open: Opener;
}

/** A blob of bytes that follow from its seed, given in pieces of 64 KiB. */
export function makeBlob(
  size: number,
  seed: string,
  mediaType: string = layerMediaType("docker", "gzip"),
): TestBlob {
  const bytes = createHash("shake256", { outputLength: size }).update(seed).digest();
  return {
    descriptor: { mediaType, digest: digestOf(bytes), size },
    bytes,
    async *open() {
      for (let at = 0; at < size; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

export interface PublishedApp {
  readonly index: ImageIndex;
  readonly outcomes: readonly BlobOutcome[];
  readonly blobs: readonly TestBlob[];
}

export interface AppOptions {
  readonly repository?: string;
  readonly tag?: string;
  readonly family?: Family;
  readonly layerSize?: number;
}

/** The shape of the main job on one name: checks access, pushes two images by tag and their list last. */
export async function publishApp(store: Store, options: AppOptions = {}): Promise<PublishedApp> {
  const { repository: name = "team/app", tag = "1.0", family = "docker", layerSize = 300_000 } = options;
  await store.checkAccess([name]);
  const repository = store.repository(name);
  const shared = makeBlob(layerSize, "shared");
  const outcomes: BlobOutcome[] = [];
  const blobs: TestBlob[] = [shared];
  const children: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const own = makeBlob(1000, architecture);
    const config = makeBlob(200, `config of ${architecture}`, mediaTypes[family].config);
    blobs.push(own, config);
    const pushes = [shared, own, config].map(({ descriptor, open }) => repository.pushBlob(descriptor, open));
    outcomes.push(...(await Promise.all(pushes)));
    const layers = [shared, own].map(({ descriptor }) => ({
      ...descriptor,
      mediaType: layerMediaType(family, "gzip"),
    }));
    const manifest = buildManifest(family, config.descriptor, layers);
    await repository.pushManifest(`${tag}-${architecture}`, manifest);
    children.push({ ...manifest.descriptor, platform: { os: "linux", architecture } });
  }
  const index = buildIndex(family, children);
  await repository.pushManifest(tag, index);
  return { index, outcomes, blobs };
}
