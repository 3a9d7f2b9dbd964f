import type { LayerContents } from "../content/image-source.ts";
import { readBlob } from "../content/read-blob.ts";
import type { Repository } from "../content/repository.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../oci/manifest.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../oci/platform.ts";
import { askBinaries } from "./binary-witness.ts";

/** What a tag in the registry names before this run changes it; a single manifest counts as a list of one (decision 9). */
export interface ExistingTag {
  readonly descriptor: Descriptor;
  /** The list itself; none where the tag names a single manifest. */
  readonly index?: ImageIndex;
  readonly entries: readonly ExistingEntry[];
}

export interface ExistingEntry {
  /** As the list has it, platform included. */
  readonly descriptor: Descriptor;
  readonly platform: Platform;
  /** The child, or undefined where the registry does not have it. */
  readonly manifest: Manifest | undefined;
}

/** Reads a layer blob: its diffID and its tar headers; given from outside, since this folder knows no tar. */
export type InspectLayer = (
  blob: AsyncIterable<Uint8Array>,
) => Promise<{ readonly diffID: Digest; readonly contents: LayerContents }>;

/** Reads what a tag names and its children's manifests, or undefined where there is no such tag. */
export async function readExistingTag(
  repository: Repository,
  tag: string,
  signal?: AbortSignal,
): Promise<ExistingTag | undefined> {
  const raw = await repository.fetchManifest(tag, signal);
  if (!raw) return undefined;
  const parsed = parseManifest(raw.bytes, `"${repository.title}:${tag}"`, raw.descriptor.mediaType);
  if (parsed.kind === "manifest")
    return { descriptor: parsed.descriptor, entries: [await readSingle(repository, parsed, signal)] };
  const images = parsed.manifests.filter(isImageEntry);
  const entries = await Promise.all(images.map((child) => readEntry(repository, child, signal)));
  return { descriptor: parsed.descriptor, index: parsed, entries };
}

/** Attestations are listed under the platform unknown/unknown (BuildKit, attestation-storage.md). */
function isImageEntry(descriptor: Descriptor): boolean {
  return (
    descriptor.platform?.architecture !== "unknown" &&
    !descriptor.annotations?.has("vnd.docker.reference.type")
  );
}

async function readSingle(
  repository: Repository,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<ExistingEntry> {
  const config = await readConfig(repository, manifest, signal);
  const platform = normalizePlatform(config?.platform ?? { os: "", architecture: "" });
  return { descriptor: { ...manifest.descriptor, platform }, platform, manifest };
}

async function readEntry(
  repository: Repository,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<ExistingEntry> {
  const raw = await repository.fetchManifest(descriptor.digest, signal);
  const parsed =
    raw && parseManifest(raw.bytes, `"${repository.title}@${descriptor.digest}"`, raw.descriptor.mediaType);
  const manifest = parsed?.kind === "manifest" ? parsed : undefined;
  if (descriptor.platform) return { descriptor, platform: normalizePlatform(descriptor.platform), manifest };
  const config = manifest && (await readConfig(repository, manifest, signal));
  return {
    descriptor,
    platform: normalizePlatform(config?.platform ?? { os: "", architecture: "" }),
    manifest,
  };
}

async function readConfig(
  repository: Repository,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<ImageConfig | undefined> {
  if (!(await repository.hasBlob(manifest.config, signal))) return undefined;
  return parseImageConfig(
    await readBlob(repository, manifest.config, signal),
    `the config of "${repository.title}@${manifest.descriptor.digest}"`,
  );
}

/**
 * Why an entry cannot be kept in a new list, or undefined where it can: its child must be there and be what the entry
 * says. Where its config contradicts the entry, the binaries in its layers have the last word, as for archives.
 */
export async function findFault(
  repository: Repository,
  entry: ExistingEntry,
  inspectLayer: InspectLayer,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (!entry.manifest) return "its manifest is not in the registry";
  const config = await readConfig(repository, entry.manifest, signal);
  if (!config) return "its config is not in the registry";
  const said = normalizePlatform(config.platform).architecture;
  if (said === entry.platform.architecture) return undefined;
  const layers: LayerContents[] = [];
  for (const layer of entry.manifest.layers)
    layers.push((await inspectLayer(repository.fetchBlob(layer, signal))).contents);
  const vote = askBinaries(config, layers);
  if (vote?.architecture === entry.platform.architecture) return undefined;
  const binaries = vote ? ` and its binaries are ${vote.architecture} (${vote.evidence})` : "";
  return `its list says ${formatPlatform(entry.platform)}, its config says ${said || "nothing"}${binaries}`;
}
