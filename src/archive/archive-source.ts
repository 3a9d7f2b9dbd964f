import type {
  ExpectedImage,
  ImageSource,
  NamedArtifact,
  SourceFacts,
  SourceFault,
  SourceImage,
  SourcePart,
  SourceReferrer,
} from "../content/image-source.ts";
import { type Notice, note } from "../content/notice.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Digest } from "../oci/digest.ts";
import type { ArchiveIndex, FileEntry } from "./index/archive-index.ts";
import type { ArchiveLayer } from "./layers/archive-layer.ts";
import { ArchiveMetadata } from "./index/archive-metadata.ts";
import { type DialectFolder, findFolders, sayLeftAlone } from "./dialects/find-folders.ts";
import { Entries } from "./index/entries.ts";
import { LayerForms, type LayerFormsOptions } from "./layers/layer-forms.ts";
import type { ArchiveImages } from "./images/merge-images.ts";
import { nameOnlyImage } from "./images/name-only-image.ts";
import { refuseLookAlike } from "./dialects/refuse-look-alike.ts";
import { inArchive, nestError } from "./index/nest-error.ts";
import { readEntry } from "./index/reopen.ts";

export interface ArchiveSourceOptions extends LayerFormsOptions {
  /** For people: the file as it was given. */
  readonly title: string;
  /** Whether foreign layers' bytes, where they are there, go up like any other's. */
  readonly allowForeign: boolean;
  /** What tags alone are tags of. */
  readonly repository?: string | undefined;
  /** Of the only image, where the archive gives it none. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the images of a scanned archive, each checked against its digests and diffIDs; the source disposes of the spool.
 * Throws `ARCHIVE_UNSUPPORTED` for what is no image archive, naming what it is, and all that a dialect throws that reads it.
 */
export async function createArchiveSource(
  index: ArchiveIndex,
  options: ArchiveSourceOptions,
): Promise<ImageSource> {
  const metadata = new ArchiveMetadata(async (entry) =>
    readEntry(await options.bytes.find(entry), options.signal),
  );
  const access = new LayerForms(options);
  const { allowForeign, repository, title, spool, signal } = options;
  const told = { faults: [], expected: [], notices: index.notes.map(note) };
  const shared = { metadata, access, allowForeign, repository, signal, ...told };
  const folders = await findFolders(index.entries, shared);
  if (folders.length === 0) throw refuseLookAlike(new Entries(index.entries), index.notes);

  told.notices.push(...sayLeftAlone(index.entries, folders).map(note));
  const content = await readFolders(folders, options.name);
  const { images, artifacts, referrers } = content;
  const all = [images, artifacts, referrers, told.faults, told.expected];
  if (all.every(({ length }) => length === 0)) throw noImages();
  const { compression, size, sha256, parts: files } = index;
  const { writer, parts } = content;
  const isBundle = parts.some(({ where }) => where !== "");
  const facts = {
    writer,
    compression,
    size,
    sha256,
    ...(files && { files }),
    ...(isBundle ? { parts } : {}),
  };
  return new ArchiveSource(content, { title, facts, ...told, access, spool });
}

async function readFolders(
  folders: readonly DialectFolder[],
  name: string | undefined,
): Promise<ArchiveImages & { writer: string; parts: SourcePart[] }> {
  const images: SourceImage[] = [];
  const artifacts: NamedArtifact[] = [];
  const referrers: SourceReferrer[] = [];
  const writers = new Set<string>();
  const parts: SourcePart[] = [];
  for (const { dialect, folder } of folders) {
    const content = await dialect.read(folder);
    for (const image of content.images) images.push(image);
    for (const artifact of content.artifacts) artifacts.push(artifact);
    for (const referrer of content.referrers) referrers.push(referrer);
    writers.add(dialect.nameWriter(folder.entries, content.images));
    parts.push({ where: folder.entries.folder, kind: dialect.title, images: content.images.length });
  }
  const named = name === undefined || images.length === 0 ? images : nameOnlyImage(images, name);
  return { images: named, artifacts, referrers, writer: [...writers].join("; "), parts };
}

function noImages(): AirgapError {
  return new AirgapError("ARCHIVE_UNSUPPORTED", "Cannot read archive: it lists no images", {
    hint: "Save the images again, by name: docker save -o images.tar NAME...",
  });
}

interface ArchiveSourceParts {
  readonly title: string;
  readonly facts: SourceFacts;
  readonly expected: readonly ExpectedImage[];
  readonly faults: readonly SourceFault[];
  readonly notices: readonly Notice[];
  readonly access: LayerForms;
  readonly spool: AsyncDisposable;
}

class ArchiveSource implements ImageSource {
  readonly title: string;
  readonly facts: SourceFacts;
  readonly images: readonly SourceImage[];
  readonly artifacts: readonly NamedArtifact[];
  readonly referrers: readonly SourceReferrer[];
  readonly expected: readonly ExpectedImage[];
  readonly faults: readonly SourceFault[];
  readonly notices: readonly Notice[];
  readonly #access: LayerForms;
  readonly #spool: AsyncDisposable;
  readonly #uses: ReadonlyMap<Digest, LayerUse>;

  constructor(
    { images, artifacts, referrers }: ArchiveImages,
    { title, facts, expected, faults, notices, access, spool }: ArchiveSourceParts,
  ) {
    this.title = title;
    this.facts = facts;
    this.images = images;
    this.artifacts = artifacts;
    this.referrers = referrers;
    this.expected = expected;
    this.faults = faults.map((fault) => ({
      ...fault,
      error: nestError(fault.error, inArchive(title)) as AirgapError,
    }));
    this.notices = notices;
    this.#access = access;
    this.#spool = spool;
    this.#uses = collectUses(images);
  }

  async release(image: SourceImage): Promise<void> {
    for (const { digest } of entriesOf(image)) {
      const use = this.#uses.get(digest);
      if (!use?.images.delete(image) || use.images.size > 0) continue;
      for (const entry of use.entries) await this.#access.discard(entry);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
  }
}

/** Who still needs a layer's content, and the entries that have it: some writers store one several times. */
interface LayerUse {
  readonly images: Set<SourceImage>;
  readonly entries: Set<FileEntry>;
}

function collectUses(images: readonly SourceImage[]): ReadonlyMap<Digest, LayerUse> {
  const uses = new Map<Digest, LayerUse>();
  for (const image of images) {
    for (const entry of entriesOf(image)) {
      const use = uses.get(entry.digest) ?? { images: new Set(), entries: new Set() };
      uses.set(entry.digest, use);
      use.images.add(image);
      use.entries.add(entry);
    }
  }
  return uses;
}

function entriesOf(image: SourceImage): FileEntry[] {
  return image.layers.flatMap((layer: ArchiveLayer) => layer.entry ?? []);
}
