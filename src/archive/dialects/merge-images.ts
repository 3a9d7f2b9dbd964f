import type { NamedArtifact, SourceImage } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseManifest } from "../../oci/manifest.ts";
import {
  describesEveryLayer,
  type DockerImage,
  readDockerImages,
  readDockerLayers,
} from "./docker-archive.ts";
import { findEntry } from "../index/entry-map.ts";
import { checkNameCount, mergeNames, nameKey } from "./image-names.ts";
import { type KnownImages, type OciArtifact, type OciImage, readOciArchive } from "./oci-archive.ts";
import type { OpenedArchive } from "./opened-archive.ts";
import { namesByTopLayer } from "./tagged-layers.ts";

export interface ArchiveImages {
  readonly images: readonly SourceImage[];
  readonly artifacts: readonly NamedArtifact[];
}

/**
 * Reads `manifest.json` and `index.json` and merges them by the digest of the config, since either alone misses images
 * (archives.md 1.6): names from both; manifest and layers from the OCI side, except where moby's graph driver made the
 * manifests up for the archive (archives.md 3.3). Throws `AirgapError`s that name the image.
 */
export async function readImages(archive: OpenedArchive): Promise<ArchiveImages> {
  const docker = await readDockerImages(archive);
  const oci = await readOciArchive(archive, await readIndexJson(archive), knownImages(archive, docker));
  const listed = new Set([...oci.images.map(({ image }) => image.config.digest), ...oci.leftOut]);
  const rest = docker.filter(({ config }) => !listed.has(config.digest));
  const images = [
    ...nameOciImages(oci.images, docker),
    ...rest.map((image) => ({
      names: mergeNames(image.repoTags),
      config: image.config,
      layers: readDockerLayers(archive, image),
    })),
  ];
  return {
    images: await nameRest(archive, images, docker),
    artifacts: nameArtifacts(archive, oci.artifacts, images),
  };
}

async function readIndexJson(archive: OpenedArchive): Promise<readonly Descriptor[]> {
  const entry = findEntry(archive.entries, "index.json");
  if (!entry) return [];
  const index = parseManifest(await archive.metadata.list(entry), "index.json");
  if (index.kind !== "index")
    throw new AirgapError(
      "ARCHIVE_INVALID",
      "Cannot read index.json: it is an image's manifest, not an index",
    );
  checkNameCount(index.manifests.length);
  return index.manifests;
}

function knownImages(archive: OpenedArchive, docker: readonly DockerImage[]): KnownImages {
  const known = docker.filter(describesEveryLayer);
  return new Map(
    known.map((image) => [
      image.config.digest,
      { config: image.config, layers: readDockerLayers(archive, image) },
    ]),
  );
}

/** RepoTags that `index.json` has not given to an image go to the first one with that config. */
function nameOciImages(images: readonly OciImage[], docker: readonly DockerImage[]): SourceImage[] {
  const given = new Set(images.flatMap(({ names }) => [...names.containerd, ...names.ref]).map(nameKey));
  const tags = new Map(
    docker.map(({ config, repoTags }) => [config.digest, repoTags.filter((tag) => !given.has(nameKey(tag)))]),
  );
  return images.map(({ image, names }) => {
    const repoTags = tags.get(image.config.digest) ?? [];
    tags.delete(image.config.digest);
    return { ...image, names: mergeNames(names.containerd, repoTags, names.ref) };
  });
}

/** The last source of names, for images that no other names. */
async function nameRest(
  archive: OpenedArchive,
  images: readonly SourceImage[],
  docker: readonly DockerImage[],
): Promise<SourceImage[]> {
  if (images.every(({ names }) => names.length > 0)) return [...images];
  const byConfig = await namesByTopLayer(archive, docker);
  return images.map((image) =>
    image.names.length ? image : { ...image, names: mergeNames(byConfig.get(image.config.digest) ?? []) },
  );
}

/** Hauler gives a signature the name of its image; one without a name of its own has no tag to go to. */
function nameArtifacts(
  archive: OpenedArchive,
  artifacts: readonly OciArtifact[],
  images: readonly SourceImage[],
): NamedArtifact[] {
  const taken = new Set(images.flatMap(({ names }) => names).map(nameKey));
  return artifacts.flatMap(({ artifact, names }) => {
    const own = mergeNames(names.containerd, names.ref).filter((name) => !taken.has(nameKey(name)));
    if (own.length) return [{ ...artifact, names: own }];
    const { digest } = artifact.manifest.descriptor;
    archive.notes.push(`manifest ${digest} is left out: it is no image and has no name of its own`);
    return [];
  });
}
