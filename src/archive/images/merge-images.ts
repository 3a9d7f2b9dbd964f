import type { NamedArtifact, SourceImage, SourceReferrer } from "../../content/image-source.ts";
import { note } from "../../content/notice.ts";
import { breathe } from "../../content/turns.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { printable } from "../../oci/printable.ts";
import { describesEveryLayer, type DockerImage, readDockerLayers } from "./docker-archive.ts";
import { mergeNames } from "./image-names.ts";
import { type KnownImages, readOciArchive } from "./oci-archive.ts";
import type { OciArtifact, OciContent, OciImage } from "./oci-content.ts";
import type { OpenedArchive } from "./opened-archive.ts";
import { readReferrer, SubjectNames } from "./read-referrer.ts";
import { readItem } from "./read-item.ts";
import { namesByTopLayer } from "./tagged-layers.ts";
import { nameKey } from "../../oci/reference.ts";

export interface ArchiveImages {
  readonly images: readonly SourceImage[];
  readonly artifacts: readonly NamedArtifact[];
  readonly referrers: readonly SourceReferrer[];
}

/**
 * The images of `manifest.json`'s items and of an index's descriptors, merged by the digest of the config, since either
 * alone misses images (archives.md 1.6): names from both; manifest and layers from the OCI side, except where moby's graph
 * driver made the manifests up for the archive (archives.md 3.3). Throws `AirgapError`s that name the image.
 */
export async function mergeImages(
  archive: OpenedArchive,
  docker: readonly DockerImage[],
  roots: readonly Descriptor[],
): Promise<ArchiveImages> {
  const oci = await readOciArchive(archive, roots, knownImages(archive, docker));
  const listed = new Set([...oci.images.map(({ image }) => image.config.digest), ...oci.leftOut]);
  const images = nameOciImages(oci.images, docker);
  for (const image of docker) {
    if (listed.has(image.config.digest)) continue;
    const item = { names: mergeNames(image.repoTags), digest: image.config.digest };
    const layers = await readItem(archive, item, () => readDockerLayers(archive, image));
    if (layers) images.push({ names: item.names, config: image.config, layers });
  }
  const { referrers, others } = await splitArtifacts(archive, oci);
  return {
    images: await nameRest(archive, images, docker),
    artifacts: nameArtifacts(archive, others, images),
    referrers,
  };
}

function knownImages(archive: OpenedArchive, docker: readonly DockerImage[]): KnownImages {
  const known = docker.filter(describesEveryLayer);
  return new Map(
    known.map((image) => [
      image.config.digest,
      onceOnly(() => ({ config: image.config, layers: readDockerLayers(archive, image) })),
    ]),
  );
}

function onceOnly<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
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
    const bareTags = names.tags.length ? { tags: names.tags } : {};
    return { ...image, names: mergeNames(names.containerd, repoTags, names.ref), ...bareTags };
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

/** What refers to an image goes where that goes; under a name of its own as well where it has one. */
async function splitArtifacts(
  archive: OpenedArchive,
  { artifacts, subjects }: OciContent,
): Promise<{ readonly referrers: readonly SourceReferrer[]; readonly others: readonly OciArtifact[] }> {
  const referrers: SourceReferrer[] = [];
  const others: OciArtifact[] = [];
  const named = new SubjectNames(subjects);
  for (const artifact of artifacts) {
    await breathe(archive.signal);
    const referrer = await readReferrer(archive, artifact, named);
    if (referrer) referrers.push(referrer);
    const isNamed = artifact.names.containerd.length + artifact.names.ref.length > 0;
    const isListedByKind = artifact.entries.some(({ annotations }) => annotations?.has("kind"));
    if (!referrer || (!referrer.tag && isNamed && !isListedByKind)) others.push(artifact);
  }
  return { referrers, others };
}

/** Hauler gives a signature the name of its image; one without a name of its own has no tag to go to. */
function nameArtifacts(
  archive: OpenedArchive,
  artifacts: readonly OciArtifact[],
  images: readonly SourceImage[],
): NamedArtifact[] {
  const taken = new Set(images.flatMap(({ names }) => names).map(nameKey));
  return artifacts.flatMap(({ artifact, names, isCompanion }) => {
    const all = mergeNames(names.containerd, names.ref);
    const own = isCompanion ? all.filter((name) => !taken.has(nameKey(name))) : all;
    if (own.length) return [{ ...artifact, names: own }];
    const { digest } = artifact.manifest.descriptor;
    const [name] = all;
    if (name === undefined) {
      archive.notices.push(note(`manifest ${digest} is left out: it is no image and has no name of its own`));
    } else {
      archive.notices.push({
        severity: "warning",
        text: `${digest}, which belongs to image "${printable(name)}", is left out: it has no name of its own`,
      });
    }
    return [];
  });
}
