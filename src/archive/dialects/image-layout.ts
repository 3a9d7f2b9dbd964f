import { digestOf } from "../../oci/digest.ts";
import { buildIndex, type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { ArchiveMetadata } from "../index/archive-metadata.ts";
import type { ArchiveEntry, FileEntry } from "../index/archive-index.ts";
import { blobPath } from "../index/blob-entry.ts";
import { type Entries, findEntry } from "../index/entry-map.ts";

/**
 * The entries as `docker save` or an OCI layout has them: without a folder around them all, and skopeo's `dir:` form put as
 * a layout. Entries that are no images at all come back as they are.
 */
export async function asImageLayout(entries: Entries, metadata: ArchiveMetadata): Promise<Entries> {
  const own = withoutFolder(entries);
  const file = findEntry(own, "manifest.json");
  if (!file || own.has("index.json")) return own;
  const bytes = await metadata.list(file);
  return isRegistryManifest(bytes) ? dirAsLayout(own, file, bytes) : own;
}

/** Layouts tarred with their folder, and zarf's packages, whose images are under `images/` (archives.md 3.12). */
function withoutFolder(entries: Entries): Entries {
  if (entries.has("manifest.json") || entries.has("index.json")) return entries;
  const [folder, ...others] = [...entries.keys()].flatMap((name) => {
    const [, folder] = /^([^/]+)\/(?:manifest|index)\.json$/.exec(name) ?? [];
    return folder !== undefined && isLayoutFolder(entries, folder) ? [folder] : [];
  });
  if (folder === undefined || others.some((other) => other !== folder)) return entries;
  const prefix = `${folder}/`;
  return new Map(
    [...entries].flatMap(([name, entry]): [string, ArchiveEntry][] =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), moveOut(entry, prefix)]] : [],
    ),
  );
}

/** Programs have a `manifest.json` too; these files stand beside the one of an image archive. */
function isLayoutFolder(entries: Entries, folder: string): boolean {
  return ["oci-layout", "repositories", "version"].some((mark) => entries.has(`${folder}/${mark}`));
}

function moveOut(entry: ArchiveEntry, prefix: string): ArchiveEntry {
  if (entry.kind === "file") return entry;
  const name = entry.name.slice(prefix.length);
  const isInside = entry.hard && entry.target.startsWith(prefix);
  return { ...entry, name, target: isInside ? entry.target.slice(prefix.length) : entry.target };
}

/** `[` starts what docker saves, `{` what a registry has. */
function isRegistryManifest(bytes: Uint8Array): boolean {
  return /^\s*\{[^]*"schemaVersion"/.test(Buffer.from(bytes).toString("latin1"));
}

/** `dir:` names blobs by their hex digest alone, and manifests of other platforms `<hex>.manifest.json` (containers/image, directory). */
function dirAsLayout(entries: Entries, file: FileEntry, bytes: Uint8Array): Entries {
  const manifest = parseManifest(bytes, "manifest.json");
  const blobs = [...entries].flatMap(([name, entry]): [string, ArchiveEntry][] => {
    const [, hex] = /^([0-9a-f]{64})(?:\.manifest\.json)?$/.exec(name) ?? [];
    return hex === undefined ? [] : [[`blobs/sha256/${hex}`, entry]];
  });
  const others = [...entries].filter(([name]) => name !== "manifest.json");
  return new Map<string, ArchiveEntry>([
    ...others,
    ...blobs,
    [blobPath(manifest.descriptor.digest), file],
    ["index.json", indexOf(manifest)],
  ]);
}

function indexOf({ descriptor }: Manifest | ImageIndex): FileEntry {
  const { bytes } = buildIndex("oci", [descriptor]);
  return {
    kind: "file",
    name: "index.json",
    size: bytes.length,
    digest: digestOf(bytes),
    format: "other",
    bytes,
    reopen: { from: "memory" },
  };
}
