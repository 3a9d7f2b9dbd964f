import { AirgapError } from "../../oci/airgap-error.ts";
import type { DecodedBytes } from "../../stream/decoded-bytes.ts";
import { isArchiveFormat, sniff, sniffSize } from "../../stream/sniff.ts";
import type { EntryStore, InnerAccess } from "../index/entry-store.ts";
import { SpliceStore } from "../spool/splice-store.ts";
import { createSpoolStore } from "../spool/spool-store.ts";
import { type ArchiveContent, openContent } from "./archive-content.ts";
import { isOfRoot } from "../index/archive-names.ts";
import type { EntryScan } from "./entry-scan.ts";
import type { EntryBytes, TarBytes } from "./entry-bytes.ts";
import type { Nesting } from "./nesting.ts";

const pieceSize = 256 * 1024;

/** Told from its first header, or an empty one, since cutting out what an archive holds is instead of cutting it out as a layer. */
function isLayer(head: Uint8Array): boolean {
  const [name = ""] = Buffer.from(head.subarray(0, 100)).toString("latin1").split("\0");
  return name === "" || isOfRoot(name);
}

/** The tar in an entry, and what keeps what is in it. */
export interface InnerTar {
  readonly tar: TarBytes;
  readonly store: EntryStore;
  readonly access: InnerAccess;
  close(): Promise<void>;
}

/** Opens the tar that an entry is or compresses; undefined for what holds none, and for a layer. */
export async function openInner(
  bytes: EntryBytes,
  entry: EntryScan,
  nesting: Nesting,
): Promise<InnerTar | undefined> {
  const head = await bytes.peek(sniffSize);
  const format = sniff(head);
  if (!isArchiveFormat(format) || (format === "tar" && isLayer(head))) return undefined;
  const access = entry.enter();
  if (format === "tar") return { tar: bytes, store: access.plain, access, close: () => Promise.resolve() };
  try {
    return await decompressInner(head, bytes, access, nesting);
  } catch (error) {
    if (isOddity(error)) return undefined;
    throw error;
  }
}

async function decompressInner(
  head: Uint8Array,
  bytes: EntryBytes,
  access: InnerAccess,
  nesting: Nesting,
): Promise<InnerTar | undefined> {
  const content = await openContent(readPieces(bytes, access), head, nesting.createZstdDecoder);
  const { tar } = content;
  const close = (): Promise<void> => tar.close();
  if (isLayer(await tar.peek(sniffSize))) {
    await close();
    return undefined;
  }
  return { tar: counted(tar, nesting), store: createInnerStore(content, access, nesting), access, close };
}

async function* readPieces(bytes: EntryBytes, access: InnerAccess): AsyncGenerator<Uint8Array> {
  for (;;) {
    access.mark();
    const piece = await bytes.read(pieceSize);
    if (!piece) return;
    // What it is a view of may move while the archive in it is decoded.
    yield new Uint8Array(piece);
  }
}

function createInnerStore(
  { splicer }: ArchiveContent,
  access: InnerAccess,
  { options }: Nesting,
): EntryStore {
  if (splicer) {
    return new SpliceStore(
      (position) => access.sourceAt(position),
      splicer,
      options.layerCompression === "gzip",
    );
  }
  return createSpoolStore(options);
}

function counted(tar: DecodedBytes, nesting: Nesting): TarBytes {
  return {
    async read(limit) {
      const bytes = await tar.read(limit);
      nesting.countUnpacked(bytes?.length ?? 0);
      return bytes;
    },
  };
}

/** Whether an error is about what the content is, and none of the whole archive's. */
export function isOddity(error: unknown): boolean {
  return error instanceof AirgapError && error.exit === "content" && error.code !== "ARCHIVE_TOO_LARGE";
}
