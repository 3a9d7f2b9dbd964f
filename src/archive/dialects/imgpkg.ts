import type { NamedArtifact, SourceImage } from "../../content/image-source.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestOf, parseDigest } from "../../oci/digest.ts";
import { asArray, asObject, asOptionalString, asString, type JsonObject, parseJson } from "../../oci/json.ts";
import type { ArchiveEntry, FileEntry } from "../index/archive-index.ts";
import { blobPath } from "../index/blob-entry.ts";
import { Entries } from "../index/entries.ts";
import { checkNameCount } from "../images/image-names.ts";
import { type ArchiveImages, mergeImages } from "../images/merge-images.ts";
import { dashedDigest, namedRoot } from "../images/named-root.ts";
import { readArtifact } from "../images/read-artifact.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import { besideFile, type Dialect } from "./dialect.ts";

const file = "manifest.json";

/**
 * `imgpkg copy --to-tar` (carvel, pkg/imgpkg/imagetar): manifests and configs as text in `manifest.json`, layers beside it. The
 * names are those that the images came from.
 */
export const imgpkg: Dialect = {
  title: "a tar of imgpkg",
  findFolder: besideFile(file),

  async accepts(folder) {
    if (!folder.entries.isArchive) return false;
    return /^\s*\[\s*\{\s*"Image(?:Index)?"/.test(Buffer.from(await readList(folder)).toString("latin1"));
  },

  async read(folder) {
    const items = asArray(parseJson(await readList(folder), { what: file }), file);
    const documents = new Map<string, ArchiveEntry>();
    const roots = items.flatMap((item) => readItem(asObject(item, file), documents));
    checkNameCount(roots.length);
    const archive = { ...folder, ...withDocuments(folder, documents), isWhole: true };
    return await setBundlesApart(archive, await mergeImages(archive, [], roots));
  },

  nameWriter: () => "imgpkg",
};

function readList({ entries, metadata }: OpenedArchive): Promise<Uint8Array> {
  return metadata.list(entries.get(file, "archive"));
}

/** A bundle is an image of no architecture, made of the files of a folder: it travels as an artifact. */
async function setBundlesApart(
  archive: OpenedArchive,
  { images, artifacts, referrers }: ArchiveImages,
): Promise<ArchiveImages> {
  const bundles: NamedArtifact[] = [];
  for (const { names, config, manifest } of images) {
    const isBundle = manifest && config.platform.architecture === "" && names.length > 0;
    const bundle = isBundle ? await readArtifact(archive, manifest) : undefined;
    if (bundle) bundles.push({ ...bundle, names });
  }
  const apart = new Set(bundles.map(({ manifest }) => manifest.descriptor.digest));
  const isRest = ({ manifest }: SourceImage): boolean => !manifest || !apart.has(manifest.descriptor.digest);
  return { images: images.filter(isRest), artifacts: [...artifacts, ...bundles], referrers };
}

/** The archive's own files, and the documents that its list holds as text. */
function withDocuments(
  { entries }: OpenedArchive,
  documents: Map<string, ArchiveEntry>,
): Pick<OpenedArchive, "entries" | "blobPaths"> {
  const layers = entries.names.flatMap((name): [string, ArchiveEntry][] => {
    const entry = entries.find(name);
    return entry ? [[name, entry]] : [];
  });
  return {
    entries: new Entries(new Map([...layers, ...documents])),
    blobPaths: (digest: Digest) => [`${dashedDigest(digest)}.tar.gz`, blobPath(digest)],
  };
}

function readItem(item: JsonObject, documents: Map<string, ArchiveEntry>): Descriptor[] {
  const index = item.get("ImageIndex") ?? undefined;
  if (index !== undefined) return [readIndex(asObject(index, file), documents)];
  const image = item.get("Image") ?? undefined;
  return image === undefined ? [] : [readImage(asObject(image, file), documents)];
}

function readIndex(index: JsonObject, documents: Map<string, ArchiveEntry>): Descriptor {
  for (const image of asArray(index.get("Images"), file)) readImage(asObject(image, file), documents);
  for (const inner of asArray(index.get("Indexes"), file)) readIndex(asObject(inner, file), documents);
  return namedRoot(addDocument(index, documents), nameOf(index));
}

function readImage(image: JsonObject, documents: Map<string, ArchiveEntry>): Descriptor {
  addDocument(asObject(image.get("Config"), `${file}: Config`), documents);
  return namedRoot(
    addDocument(asObject(image.get("Manifest"), `${file}: Manifest`), documents),
    nameOf(image),
  );
}

/** What `Digest` promises of `Raw` is checked as for any blob. */
function addDocument(document: JsonObject, documents: Map<string, ArchiveEntry>): FileEntry {
  const bytes = Buffer.from(asString(document.get("Raw"), `${file}: Raw`));
  const name = blobPath(parseDigest(asString(document.get("Digest"), `${file}: Digest`)));
  const entry: FileEntry = {
    kind: "file",
    name,
    size: bytes.length,
    digest: digestOf(bytes),
    format: "other",
    bytes,
    reopen: { from: "memory" },
  };
  documents.set(name, entry);
  return entry;
}

/** `host/path:tag` where it had a tag, else `host/path@sha256:...`. */
function nameOf(image: JsonObject): string | undefined {
  const [first] = asArray(image.get("Refs"), `${file}: Refs`).map((ref) => asString(ref, `${file}: Refs`));
  const origin = asOptionalString(image.get("OrigRef"), `${file}: OrigRef`) || first;
  const tag = asOptionalString(image.get("Tag"), `${file}: Tag`);
  if (origin === undefined) return undefined;
  return tag ? `${origin.replace(/@.*$/, "").replace(/:[^/]*$/, "")}:${tag}` : origin;
}
