import { shown } from "../output/shown.ts";
import type { ContentReader } from "../../content/repository.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { fetchChild } from "../../transfer/graph/fetch-child.ts";
import { fetchRoot } from "../../transfer/graph/fetch-root.ts";
import type { DraftEntry } from "../../transfer/drafts/list-draft.ts";
import { buildList } from "../../transfer/load/merge-list.ts";
import { listVerbose } from "../output/list-verbose.ts";
import { formatList, formatManifest, formatVerbose, type VerboseImage } from "../output/manifest-json.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { RegistryPool } from "../registries/registry-pool.ts";
import type { Terminal } from "../terminal.ts";
import { findEntry } from "./find-entry.ts";
import { LocalLists } from "./local-lists.ts";
import { noSuchManifest } from "./manifest-error.ts";
import { openPool } from "../registries/open-pool.ts";

export interface InspectManifestFlags extends RegistryFlags {
  readonly verbose?: boolean;
}

/**
 * Prints a list that was begun here, or what a registry has, as docker does; of two names the second one is an image of the
 * first one's list.
 */
export async function inspectManifest(
  first: string,
  second: string | undefined,
  flags: InspectManifestFlags,
  terminal: Terminal,
): Promise<number> {
  const list = parseReference(first);
  const entries = await new LocalLists(terminal.env).read(list);
  await using pool = openPool(flags, terminal);
  const verbose = flags.verbose ?? false;
  const text =
    second !== undefined
      ? await inspectEntry(entries, list, parseReference(second), { pool, verbose, terminal })
      : entries
        ? await inspectLocal(entries, { pool, verbose, terminal })
        : await inspectRemote(list, { pool, verbose, terminal });
  terminal.stdout.write(shown(text));
  return exitCodes.done;
}

interface Inspection {
  readonly pool: RegistryPool;
  readonly verbose: boolean;
  readonly terminal: Terminal;
}

async function inspectEntry(
  entries: readonly DraftEntry[] | undefined,
  list: Reference,
  image: Reference,
  inspection: Inspection,
): Promise<string> {
  if (!entries) throw noSuchManifest(image);
  const described = await describeEntry(findEntry(entries, image, list), inspection);
  return inspection.verbose ? formatVerbose([described], false) : formatManifest(described.manifest);
}

async function inspectLocal(entries: readonly DraftEntry[], inspection: Inspection): Promise<string> {
  if (inspection.verbose) {
    const images = await Promise.all(entries.map((entry) => describeEntry(entry, inspection)));
    return formatVerbose(images, true);
  }
  const { descriptor, manifests } = buildList(entries.map((entry) => entry.descriptor));
  return formatList(descriptor.mediaType, manifests);
}

async function describeEntry(
  { image, descriptor }: DraftEntry,
  { pool, terminal }: Inspection,
): Promise<VerboseImage> {
  const repository: ContentReader = await pool.repository(image);
  const manifest = await fetchChild(repository, descriptor, terminal.signal);
  return { ref: formatReference(image), manifest: asImage(manifest, image), platform: descriptor.platform };
}

function asImage(manifest: Awaited<ReturnType<typeof fetchChild>>, image: Reference): Manifest {
  if (manifest.kind === "manifest") return manifest;
  throw noSuchManifest(image);
}

async function inspectRemote(name: Reference, { pool, verbose, terminal }: Inspection): Promise<string> {
  const repository = await pool.repository(name);
  const root = await fetchRoot(repository, name, terminal.signal).catch((error: unknown) => {
    if (error instanceof AirgapError && error.code === "IMAGE_NOT_FOUND") throw noSuchManifest(name, error);
    throw error;
  });
  if (verbose) {
    const images = await listVerbose(formatReference(name), root, repository, terminal.signal);
    return formatVerbose(images, root.kind === "index");
  }
  return root.kind === "index" ? formatList(root.descriptor.mediaType, root.manifests) : formatManifest(root);
}
