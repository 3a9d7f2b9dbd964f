import { gunzipSync } from "node:zlib";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import type { ArchiveEntry, ArchiveIndex, FileEntry } from "../../src/archive/archive-index.ts";
import { cleanPath } from "../../src/archive/clean-path.ts";
import { digestOf } from "../../src/oci/digest.ts";

/** What the scan gives for a small plain tar, read by tar-stream and whole in memory. */
export async function indexTar(tar: Uint8Array): Promise<ArchiveIndex> {
  const entries = new Map<string, ArchiveEntry>();
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const { name: written, type, linkname } = entry.header;
    const bytes = await buffer(entry);
    const name = cleanPath(written);
    if (name === undefined || type === "directory") continue;
    if (type === "symlink" || type === "link")
      entries.set(name, { kind: "link", name, hard: type === "link", target: linkname });
    else entries.set(name, indexFile(name, bytes));
  }
  return { compression: "none", size: tar.length, sha256: undefined, entries, notes: [] };
}

function indexFile(name: string, bytes: Buffer): FileEntry {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const format = isTar(bytes) ? "tar" : "other";
  return {
    kind: "file",
    name,
    size: bytes.length,
    digest: digestOf(bytes),
    format: isGzip ? "gzip" : format,
    bytes,
    ...readLayer(bytes, isGzip),
    reopen: { from: "memory" },
  };
}

function readLayer(bytes: Buffer, isGzip: boolean): Pick<FileEntry, "layer" | "damage"> {
  try {
    const plain = isGzip ? gunzipSync(bytes) : bytes;
    const contents = { binaries: [], links: [], counts: new Map<string, number>() };
    return isTar(plain) ? { layer: { diffID: digestOf(plain), contents } } : {};
  } catch (error) {
    return { damage: String(error) };
  }
}

function isTar(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 512);
  return (
    head.length === 512 && (head.toString("latin1", 257, 262) === "ustar" || head.every((byte) => byte === 0))
  );
}
