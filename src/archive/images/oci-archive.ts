import type { SourceArtifact } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import { type AnnotatedNames, annotatedNames, mergeNames } from "./image-names.ts";
import { purposeOf } from "./manifest-purpose.ts";
import { missingBlobs, readArtifact, readOciImage, type UnnamedImage } from "./oci-image.ts";
import { isManifestLike, type ListedManifest, readListing, readManifestBlob } from "./oci-listing.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** What the `index.json` of an archive leads to. */
export interface OciContent {
  readonly images: readonly OciImage[];
  readonly artifacts: readonly OciArtifact[];
  /** Configs of images that are left out because their layers are not in the archive. */
  readonly leftOut: ReadonlySet<Digest>;
}

export interface OciImage {
  readonly image: UnnamedImage;
  readonly names: AnnotatedNames;
}

export interface OciArtifact {
  readonly artifact: SourceArtifact;
  readonly names: AnnotatedNames;
}

/** Images that are known already, by the digest of their config: their layers are not looked at again. */
export type KnownImages = ReadonlyMap<Digest, UnnamedImage>;

/** Over all indexes: images listed for platforms that the archive does not have count as well. */
const maxListed = 100_000;

/**
 * Reads all that `index.json` lists, indexes within it included. What an index lists and the archive lacks is left away,
 * as exports of one platform do (archives.md 1.7). Throws what {@link readOciImage} and {@link readListing} throw.
 */
export async function readOciArchive(
  archive: OpenedArchive,
  roots: readonly Descriptor[],
  known: KnownImages,
): Promise<OciContent> {
  const reading: Reading = {
    archive,
    known,
    images: [],
    artifacts: [],
    leftOut: new Set(),
    remaining: maxListed,
  };
  for (const root of collectRoots(roots)) await readRoot(reading, root);
  return reading;
}

interface Reading {
  readonly archive: OpenedArchive;
  readonly known: KnownImages;
  readonly images: OciImage[];
  readonly artifacts: OciArtifact[];
  readonly leftOut: Set<Digest>;
  /** How many more descriptors may be followed. */
  remaining: number;
}

/** An entry of `index.json`; several that name the same manifest are one. */
interface Root {
  readonly descriptor: Descriptor;
  readonly names: AnnotatedNames;
  /** For messages. */
  readonly title: string;
}

function collectRoots(descriptors: readonly Descriptor[]): Root[] {
  const groups = new Map<Digest, Descriptor[]>();
  for (const descriptor of descriptors) {
    const group = groups.get(descriptor.digest);
    if (group) group.push(descriptor);
    else groups.set(descriptor.digest, [descriptor]);
  }
  return [...groups.values()].flatMap((group) => group.slice(0, 1).map((first) => rootOf(first, group)));
}

function rootOf(descriptor: Descriptor, group: readonly Descriptor[]): Root {
  const all = group.map(annotatedNames);
  const containerd = all.flatMap((names) => names.containerd);
  const ref = all.flatMap((names) => names.ref);
  const [name = descriptor.digest] = mergeNames(containerd, ref);
  return { descriptor, names: { containerd, ref }, title: printable(name) };
}

async function readRoot(reading: Reading, root: Root): Promise<void> {
  const { archive } = reading;
  const { descriptor, names } = root;
  const document = await readManifestBlob(archive, descriptor);
  if (!document) leaveOutRoot(reading, root);
  else if (document.kind === "index") await readIndex(reading, root, document);
  else if (purposeOf(document, descriptor) !== "image") readRootArtifact(reading, root, document);
  else
    reading.images.push({
      image: await readImage(reading, root.title, { descriptor, manifest: document }),
      names,
    });
}

function leaveOutRoot({ archive }: Reading, { descriptor, title }: Root): void {
  if (isManifestLike(descriptor.mediaType) && !descriptor.platform) {
    throw new AirgapError(
      "ARCHIVE_INCOMPLETE",
      `Cannot read image "${title}": index.json lists ${descriptor.digest}, which is not in the archive`,
    );
  }
  archive.notes.push(
    `"${title}" of index.json is left out: the archive does not have it, or it is of an unknown type`,
  );
}

function readRootArtifact({ archive, artifacts }: Reading, { names, title }: Root, manifest: Manifest): void {
  const artifact = readArtifact(archive, manifest);
  if (artifact) artifacts.push({ artifact, names });
  else archive.notes.push(`"${title}" is left out: it is no image, and the archive does not have all of it`);
}

async function readIndex(reading: Reading, root: Root, index: ImageIndex): Promise<void> {
  const { archive, images } = reading;
  const listing = await readListing(archive, index, reading.remaining);
  reading.remaining -= listing.length;
  const listed = listing.manifests.filter(({ purpose }) => purpose === "image");
  const others = listing.manifests.filter(({ purpose }) => purpose !== "image");
  const present = listed.filter((child) => isPresent(reading, root.title, child));
  if (present.length === 0) return leaveOutIndex(reading, root, index, listed.length + listing.absent.length);

  const attestations = others.flatMap(({ manifest }) => readArtifact(archive, manifest) ?? []);
  const complete =
    listing.flat &&
    listing.absent.length === 0 &&
    present.length === listed.length &&
    present.every(({ manifest }) => !reading.known.has(manifest.config.digest)) &&
    attestations.length === others.length;
  const source = { index, complete, attestations };
  for (const child of present) {
    images.push({
      image: { ...(await readImage(reading, root.title, child)), index: source },
      names: root.names,
    });
  }
}

/** Docker's containerd store saves manifests whose layers were never pulled (moby#49473). */
function isPresent({ archive, known, leftOut }: Reading, title: string, child: ListedManifest): boolean {
  const { descriptor, manifest } = child;
  if (known.has(manifest.config.digest) || missingBlobs(archive, manifest).length === 0) return true;
  leftOut.add(manifest.config.digest);
  const platform = descriptor.platform ? formatPlatform(descriptor.platform) : descriptor.digest;
  archive.notes.push(
    `image "${title}" for ${printable(platform)} is left out: the archive has its manifest, but not all of its layers`,
  );
  return false;
}

function leaveOutIndex({ archive }: Reading, { title }: Root, index: ImageIndex, images: number): void {
  if (images > 0) {
    const platforms = index.manifests.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
    throw new AirgapError(
      "ARCHIVE_INCOMPLETE",
      `Cannot read image "${title}": its index lists ${printable(platforms.join(", "))}, the archive has none of them`,
      { hint: "Pull the image for the platform that you want, then save it again." },
    );
  }
  archive.notes.push(`"${title}" is left out: its index lists no image`);
}

async function readImage(
  { archive, known }: Reading,
  title: string,
  { descriptor, manifest }: Pick<ListedManifest, "descriptor" | "manifest">,
): Promise<UnnamedImage> {
  const image = known.get(manifest.config.digest) ?? (await readOciImage(archive, manifest, title));
  return descriptor.platform ? { ...image, claimedPlatform: descriptor.platform } : image;
}
