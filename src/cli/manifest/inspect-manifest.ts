import type { JsonFlag } from "../output/json/json-option.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { writeJson } from "../output/json/write-json.ts";
import { shown } from "../output/shown.ts";
import { type CommandContext, withProgress } from "../progress/progress-options.ts";
import { addUp } from "../../transfer/inspect/measure-images.ts";
import { inspectedToJson } from "../output/json/inspected-image.ts";
import { unknownPlatform } from "../../oci/platform.ts";
import { usageError } from "../usage-error.ts";
import type { ContentReader } from "../../content/repository.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import { type ImageIndex, isImageManifest, type Manifest } from "../../oci/manifest.ts";
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

export interface InspectManifestFlags extends RegistryFlags, JsonFlag {
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
  const { json = false, verbose = false } = flags;
  if (json && verbose) throw usageError("Cannot inspect: --json and --verbose exclude each other");
  const work = (context: CommandContext<InspectManifestFlags>): Promise<FoundManifest> =>
    find(parseReference(first), second, context);
  const found = await withProgress({ ...flags, progress: false }, terminal, work, "reads");
  if (json) writeJson(terminal, toJson(found));
  else terminal.stdout.write(shown(verbose ? toVerbose(found) : toText(found)));
  return exitCodes.done;
}

async function find(
  list: Reference,
  image: string | undefined,
  { flags, terminal, onEvent }: CommandContext<InspectManifestFlags>,
): Promise<FoundManifest> {
  const { json = false, verbose = false } = flags;
  const entries = await new LocalLists(terminal.env).read(list);
  await using pool = openPool(flags, terminal, onEvent);
  const inspection = { pool, isWhole: json || verbose, signal: terminal.signal };
  if (image !== undefined) return await findInList(entries, list, parseReference(image), inspection);
  return await (entries ? composeLocal(entries, list, inspection) : fetchRemote(list, inspection));
}

interface Inspection {
  readonly pool: RegistryPool;
  /** Whether the images of a list are read as well. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal;
}

interface FoundManifest {
  readonly name: string;
  readonly root: Manifest | ImageIndex;
  readonly images: readonly VerboseImage[];
}

async function findInList(
  entries: readonly DraftEntry[] | undefined,
  list: Reference,
  image: Reference,
  inspection: Inspection,
): Promise<FoundManifest> {
  if (!entries) throw noSuchManifest(image);
  const described = await describeEntry(findEntry(entries, image, list), inspection);
  return { name: described.ref, root: described.manifest, images: [described] };
}

async function composeLocal(
  entries: readonly DraftEntry[],
  list: Reference,
  inspection: Inspection,
): Promise<FoundManifest> {
  const images = inspection.isWhole
    ? await Promise.all(entries.map((entry) => describeEntry(entry, inspection)))
    : [];
  return { name: formatReference(list), root: buildList(entries.map((entry) => entry.descriptor)), images };
}

async function describeEntry(
  { image, descriptor }: DraftEntry,
  { pool, signal }: Inspection,
): Promise<VerboseImage> {
  const repository: ContentReader = await pool.repository(image);
  const manifest = await fetchChild(repository, descriptor, signal);
  return { ref: formatReference(image), manifest: asImage(manifest, image), platform: descriptor.platform };
}

function asImage(manifest: Awaited<ReturnType<typeof fetchChild>>, image: Reference): Manifest {
  if (manifest.kind === "manifest") return manifest;
  throw noSuchManifest(image);
}

async function fetchRemote(
  reference: Reference,
  { pool, isWhole, signal }: Inspection,
): Promise<FoundManifest> {
  const name = formatReference(reference);
  const repository = await pool.repository(reference);
  const root = await fetchRoot(repository, reference, signal).catch((error: unknown) => {
    const isAbsent = error instanceof AirgapError && error.code === "IMAGE_NOT_FOUND";
    throw isAbsent ? noSuchManifest(reference, error) : error;
  });
  return { name, root, images: isWhole ? await listVerbose(name, root, repository, signal) : [] };
}

function toText({ root }: FoundManifest): string {
  return root.kind === "index" ? formatList(root.descriptor.mediaType, root.manifests) : formatManifest(root);
}

function toVerbose({ root, images }: FoundManifest): string {
  return formatVerbose(images, root.kind === "index");
}

function toJson({ name, root, images }: FoundManifest): Record<string, unknown> {
  const readable = images.filter(({ manifest }) => isImageManifest(manifest));
  const measured = addUp(
    root,
    readable.map(({ manifest, platform = unknownPlatform }) => ({ manifest, platform })),
  );
  return jsonDocument("manifest inspect", {
    changed: false,
    images: [inspectedToJson({ name, root, ...measured })],
    totals: { images: 1 },
  });
}
