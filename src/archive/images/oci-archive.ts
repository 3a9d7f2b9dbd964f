import type { SourceArtifact, SourceFault, SourceIndex } from "../../content/image-source.ts";
import { note } from "../../content/notice.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { listAnnotation } from "./own-annotations.ts";
import { isAttestation } from "../../oci/attestation.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import { type AnnotatedNames, NameRows } from "./image-names.ts";
import { placeIn } from "./named-root.ts";
import { blobPath } from "../index/blob-entry.ts";
import { describeUnknown, findPurpose, isCompanion } from "./manifest-purpose.ts";
import { readArtifact } from "./read-artifact.ts";
import { blobMissing, missingBlobs, readOciImage, type UnnamedImage } from "./oci-image.ts";
import { isManifestLike, type ListedManifest, readListing, readManifestBlob } from "./oci-listing.ts";
import type { OciArtifact, OciContent, OciImage, RootSubject } from "./oci-content.ts";
import type { OpenedArchive } from "./opened-archive.ts";
import { collectRoots, isNameless, isReferrersIndex, isUntagged, type Root } from "./roots.ts";
import { readItem } from "./read-item.ts";
import { nameKey } from "../../oci/reference.ts";

/** Images that are known already, by the digest of their config: their layers are read as docker's, once. */
export type KnownImages = ReadonlyMap<Digest, () => UnnamedImage>;

/** Over all indexes: images listed for platforms that the archive does not have count as well. */
const maxListed = 20_000;

/**
 * Reads all that `index.json` lists, indexes within it included. What an index lists and the archive lacks is left out, as
 * exports of one platform do (archives.md 1.7). A root that cannot be used is a fault of the archive and no more.
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
    subjects: [],
    leftOut: new Set(),
    listed: new Set(),
    absent: [],
    remaining: maxListed,
    imageRows: new NameRows(),
    referrerRows: new NameRows(),
  };
  for (const root of collectRoots(roots, archive.repository)) {
    // Some writers list what an index lists beside it once more, without a name.
    if (isNameless(root) && reading.listed.has(root.descriptor.digest)) continue;
    await readItem(archive, itemOf(root), () => readRoot(reading, root));
  }
  const given = reading.absent.length > 0 ? namesGiven(reading) : new Set<string>();
  for (const root of reading.absent) {
    await readItem(archive, itemOf(root), () => leaveOutPlatform(reading, root, given));
  }
  return reading;
}

function namesGiven({ images }: Reading): ReadonlySet<string> {
  return new Set(images.flatMap(({ names }) => [...names.containerd, ...names.ref]).map(nameKey));
}

function itemOf({ allNames, descriptor }: Root): Pick<SourceFault, "names" | "digest"> {
  return { names: allNames, digest: descriptor.digest };
}

interface Reading {
  readonly archive: OpenedArchive;
  readonly known: KnownImages;
  readonly images: OciImage[];
  readonly artifacts: OciArtifact[];
  readonly subjects: RootSubject[];
  readonly leftOut: Set<Digest>;
  /** What the indexes that were read list. */
  readonly listed: Set<Digest>;
  /** Roots of one platform that are not there. */
  readonly absent: Root[];
  /** How many more descriptors may be followed. */
  remaining: number;
  readonly imageRows: NameRows;
  readonly referrerRows: NameRows;
}

function addImages({ images, imageRows }: Reading, found: readonly OciImage[], { names }: Root): void {
  imageRows.count(found.length, names.containerd.length + names.ref.length);
  for (const image of found) images.push(image);
}

async function readRoot(reading: Reading, root: Root): Promise<void> {
  const { archive } = reading;
  const { descriptor, names } = root;
  const document = await readManifestBlob(archive, descriptor);
  if (!document) leaveOutRoot(reading, root);
  else if (document.kind === "index" && isReferrersIndex(root)) await readReferrers(reading, root, document);
  else if (document.kind === "index" && document.subject && isNameless(root)) {
    await readRootArtifact(reading, root, document);
  } else if (document.kind === "index") await readIndex(reading, root, document);
  else if ((await findPurpose(archive, document, descriptor)) !== "image") {
    await readRootArtifact(reading, root, document);
  } else {
    const image = await readImage(reading, root.title, { descriptor, manifest: document });
    const whole = await readWhole(reading, root);
    addImages(reading, [{ image: { ...image, ...whole }, names }], root);
    reading.subjects.push({ digest: descriptor.digest, names: root.allNames });
  }
}

async function readReferrers(reading: Reading, root: Root, index: ImageIndex): Promise<void> {
  const { archive, artifacts } = reading;
  reading.remaining -= index.manifests.length;
  if (reading.remaining < 0) {
    throw new AirgapError("ARCHIVE_INVALID", "Cannot read archive: it lists too much");
  }
  const entries = [...root.entries, ...root.allNames.map((name) => placeIn(root.descriptor, name))];
  reading.referrerRows.count(index.manifests.length, entries.length);
  for (const descriptor of index.manifests) {
    const manifest = await readManifestBlob(archive, descriptor);
    const artifact = manifest && (await readArtifact(archive, manifest));
    if (artifact?.manifest.subject) {
      reading.listed.add(descriptor.digest);
      artifacts.push({ artifact, names: noNames, entries, isCompanion: true });
    } else {
      archive.notices.push(
        note(`${descriptor.digest}, a referrer of "${root.title}", is left out: it is not there`),
      );
    }
  }
}

const noNames: AnnotatedNames = { containerd: [], ref: [], tags: [] };

/** The list that an image of ours was chosen from; what says so wrongly is not believed. */
async function readWhole({ archive }: Reading, root: Root): Promise<{ readonly whole?: SourceIndex }> {
  const digest = root.entries
    .flatMap(({ annotations }) => annotations?.get(listAnnotation) ?? [])
    .find(isDigest);
  const entry = digest && archive.entries.find(blobPath(digest));
  if (!entry || entry.digest !== digest) return {};
  const index = await archive.metadata.manifest(entry, "");
  if (index.kind !== "index") return {};
  const attestations: SourceArtifact[] = [];
  for (const child of index.manifests.filter(isAttestation)) {
    const manifest = await readManifestBlob(archive, child);
    const artifact = manifest && (await readArtifact(archive, manifest));
    if (artifact) attestations.push(artifact);
  }
  return { whole: { manifest: index, complete: false, attestations } };
}

function leaveOutRoot({ archive, absent }: Reading, root: Root): void {
  const { descriptor, title } = root;
  if (!isManifestLike(descriptor.mediaType)) {
    const why = describeUnknown(descriptor.mediaType);
    if (root.allNames.length > 0) {
      throw new AirgapError("ARCHIVE_UNSUPPORTED", `Cannot read image "${title}": ${why}`);
    }
    archive.notices.push(note(`${descriptor.digest} of index.json is left out: ${why}`));
  } else if (descriptor.platform) absent.push(root);
  else {
    throw new AirgapError(
      "ARCHIVE_INCOMPLETE",
      `Cannot read image "${title}": index.json lists ${descriptor.digest}, which is not in the archive`,
    );
  }
}

/** An index without nesting lists platforms that were not exported: harm is done only where a name has no other. */
function leaveOutPlatform({ archive }: Reading, root: Root, given: ReadonlySet<string>): void {
  if (root.allNames.some((name) => !given.has(nameKey(name)))) {
    throw new AirgapError(
      "ARCHIVE_INCOMPLETE",
      `Cannot read image "${root.title}": the archive has it for none of the platforms that index.json lists`,
    );
  }
  archive.notices.push(note(`"${root.title}" of index.json is left out: the archive does not have it`));
}

async function readRootArtifact(
  reading: Reading,
  root: Root,
  manifest: Manifest | ImageIndex,
): Promise<void> {
  const { archive, artifacts } = reading;
  const artifact = await readArtifact(archive, manifest);
  const { title, descriptor, entries } = root;
  if (artifact) {
    for (const part of artifact.parts ?? []) reading.listed.add(part.descriptor.digest);
    const isOfAnother = isCompanion(manifest, descriptor);
    const names = isOfAnother && isNameless(root) ? noNames : root.names;
    artifacts.push({ artifact, names, entries, isCompanion: isOfAnother });
  } else if (root.allNames.length > 0) {
    throw new AirgapError(
      "ARCHIVE_INCOMPLETE",
      `Cannot read image "${title}": it is an artifact, and the archive does not have all of it`,
    );
  } else {
    archive.notices.push(
      note(`"${title}" is left out: it is no image, and the archive does not have all of it`),
    );
  }
}

async function readIndex(reading: Reading, root: Root, index: ImageIndex): Promise<void> {
  for (const { digest } of index.manifests) reading.listed.add(digest);
  const { archive } = reading;
  const listing = await readListing(archive, index, reading.remaining);
  reading.remaining -= listing.length;
  for (const { descriptor } of listing.manifests) reading.listed.add(descriptor.digest);
  const listed = listing.manifests.filter(({ purpose }) => purpose === "image");
  const others = listing.manifests.filter(({ purpose }) => purpose !== "image");
  const present = listed.filter((child) => isPresent(reading, root.title, child));
  if (listed.length + listing.absent.length === 0 && others.length > 0) {
    // A list of referrers that another one has taken the place of.
    const isOld = isNameless(root) && others.every(({ manifest }) => manifest.subject);
    return isOld ? readReferrers(reading, root, index) : readRootArtifact(reading, root, index);
  }
  if (present.length === 0) return leaveOutIndex(reading, root, index, listed.length + listing.absent.length);

  const read = await Promise.all(others.map(({ manifest }) => readArtifact(archive, manifest)));
  const attestations = read.filter((each) => each !== undefined);
  const complete =
    listing.flat &&
    listing.absent.length === 0 &&
    present.length === listed.length &&
    present.every(({ manifest }) => !reading.known.has(manifest.config.digest)) &&
    attestations.length === others.length;
  const source = { manifest: index, complete, attestations };
  const found: OciImage[] = [];
  const whole = await readWhole(reading, root);
  for (const child of present) {
    const image = await readImage(reading, root.title, child);
    found.push({ image: { ...image, index: source, ...whole }, names: root.names });
  }
  reading.subjects.push({ digest: index.descriptor.digest, names: root.allNames });
  addImages(reading, found, root);
}

/** Docker's containerd store saves manifests whose layers were never pulled (moby#49473). */
function isPresent({ archive, known, leftOut }: Reading, title: string, child: ListedManifest): boolean {
  const { descriptor, manifest } = child;
  const [missing] = known.has(manifest.config.digest) ? [] : missingBlobs(archive, manifest);
  if (!missing) return true;
  if (archive.isWhole) throw blobMissing(archive, missing, title);
  leftOut.add(manifest.config.digest);
  const platform = descriptor.platform ? formatPlatform(descriptor.platform) : descriptor.digest;
  archive.notices.push(
    note(
      `image "${title}" for ${printable(platform)} is left out: the archive has its manifest, but not all of its layers`,
    ),
  );
  return false;
}

function leaveOutIndex({ archive }: Reading, root: Root, index: ImageIndex, images: number): void {
  const { title } = root;
  if (
    index.manifests.some(({ mediaType }) => mediaType.startsWith("application/vnd.buildkit.cacheconfig."))
  ) {
    throw new AirgapError(
      "ARCHIVE_UNSUPPORTED",
      `Cannot read image "${title}": it is BuildKit's build cache, no image`,
      {
        hint: "Build the image into an archive: docker buildx build --output type=oci,dest=images.tar",
      },
    );
  }
  if (images > 0 && !isUntagged(root)) {
    const platforms = index.manifests.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
    const lists = platforms.length ? platforms.join(", ") : `${images} manifests of no stated platform`;
    throw new AirgapError(
      "ARCHIVE_INCOMPLETE",
      `Cannot read image "${title}": its index lists ${printable(lists)}, the archive has none of them`,
      { hint: "Pull the image for the platform that you want, then save it again." },
    );
  }
  if (root.allNames.length > 0) {
    throw new AirgapError("ARCHIVE_UNSUPPORTED", `Cannot read image "${title}": its index lists no image`);
  }
  const what = images > 0 ? "lists what is not there" : "lists no image";
  archive.notices.push(note(`"${title}" is left out: its index ${what}`));
}

async function readImage(
  { archive, known }: Reading,
  title: string,
  { descriptor, manifest }: Pick<ListedManifest, "descriptor" | "manifest">,
): Promise<UnnamedImage> {
  const image = known.get(manifest.config.digest)?.() ?? (await readOciImage(archive, manifest, title));
  return descriptor.platform ? { ...image, claimedPlatform: descriptor.platform } : image;
}
