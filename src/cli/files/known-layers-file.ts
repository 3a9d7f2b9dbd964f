import { CacheFolder } from "../../archive/scan/cache-folder.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { layerCompressions, type LayerCompression } from "../../oci/media-type.ts";
import type { KnownBlob, KnownBlobs } from "../../transfer/load/layer-reuse.ts";

const fileName = "known-layers";
/** Lines of some 160 bytes; those that were written longest ago go first. */
const maxLines = 50_000;
/** The newest, each of which may cost a request. */
const maxBlobsOfOne = 4;

/** Writes at its end what was added. A folder that cannot be written only means that less is known next time. */
export type KnownLayersFile = KnownBlobs & AsyncDisposable;

/**
 * Which blobs are known to be which layers (issue 20), `diffID digest size compression` a line, from the user's cache
 * folder; lines of another form are left out. Without a folder it is known for this run alone.
 */
export function openKnownLayers(directory: string | undefined): KnownLayersFile {
  const folder = directory === undefined ? undefined : new CacheFolder(directory);
  const added = new Set<string>();
  const blobs = new Map<Digest, KnownBlob[]>();
  let earlier: Promise<void> | undefined;
  return {
    async find(diffID) {
      // What this run has added meanwhile is newer.
      await (earlier ??= readLines(folder).then((lines) => addLines(blobs, lines)));
      return blobs.get(diffID) ?? [];
    },
    add(diffID, { digest, size, compression }) {
      const line = [diffID, digest, size, compression].join(" ");
      if (added.has(line)) return;
      added.add(line);
      const others = (blobs.get(diffID) ?? []).filter((blob) => blob.digest !== digest);
      blobs.set(diffID, [{ digest, size, compression }, ...others]);
    },
    [Symbol.asyncDispose]: () => writeAdded(folder, added),
  };
}

async function readLines(folder: CacheFolder | undefined): Promise<readonly string[]> {
  const bytes = await folder?.read(fileName);
  return bytes
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").split("\n")
    : [];
}

/** Behind those that are known already: the newest line is the last one. */
function addLines(blobs: Map<Digest, KnownBlob[]>, lines: readonly string[]): void {
  for (const line of lines.toReversed()) addLine(blobs, line);
}

function addLine(blobs: Map<Digest, KnownBlob[]>, line: string): void {
  const [diffID = "", digest = "", size = "", compression = ""] = line.split(" ");
  const isBlob = isDigest(digest) && /^\d{1,15}$/.test(size) && isCompression(compression);
  if (!isDigest(diffID) || !isBlob) return;
  const known = blobs.get(diffID) ?? [];
  if (known.length >= maxBlobsOfOne || known.some((blob) => blob.digest === digest)) return;
  blobs.set(diffID, [...known, { digest, size: Number(size), compression }]);
}

function isCompression(word: string): word is LayerCompression {
  return (layerCompressions as readonly string[]).includes(word);
}

/** Reads again, since another run may have written meanwhile; what this run has added or met again is the newest. */
async function writeAdded(folder: CacheFolder | undefined, added: ReadonlySet<string>): Promise<void> {
  if (!folder || added.size === 0) return;
  const earlier = await readLines(folder);
  const known = new Set(earlier);
  if ([...added].every((line) => known.has(line))) return;
  const lines = [...earlier.filter((line) => line !== "" && !added.has(line)), ...added].slice(-maxLines);
  await folder.write(fileName, Buffer.from(lines.join("\n"), "latin1"));
}
