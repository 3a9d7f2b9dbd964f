import type { LayerContents } from "../../content/layer-contents.ts";
import type { Repository } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, ownLayers } from "../../oci/manifest.ts";
import { formatPlatform, normalizePlatform, type Platform, unknownPlatform } from "../../oci/platform.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { askBinaries, isVote } from "../plan/witness/binary-witness.ts";
import { readConfig } from "../graph/read-config.ts";
import { findManifest, type FoundManifest } from "../graph/find-manifest.ts";

/** What a tag in the registry names before this run changes it; a single manifest counts as a list of one (decision 9). */
export interface ExistingTag {
  readonly descriptor: Descriptor;
  /** The list, where it is one. */
  readonly list?: ImageIndex;
  readonly entries: readonly ExistingEntry[];
  /** How many of its children are no images and stay behind when it is merged. */
  readonly attestations: number;
}

export interface ExistingEntry {
  /** As the list has it, platform included. */
  readonly descriptor: Descriptor;
  /** Both words empty where nothing tells them. */
  readonly platform: Platform;
  /** The child, or undefined where the registry does not have it or has something else. */
  readonly manifest: Manifest | undefined;
  /** Why it cannot be kept, where reading it has told already. */
  readonly fault?: string;
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
  const found = await findManifest(repository, tag, signal);
  if (!found) return undefined;
  const { descriptor } = found;
  if (found.kind !== "index") {
    return { descriptor, entries: [await readEntry(repository, descriptor, found, signal)], attestations: 0 };
  }
  const images = found.manifests.filter((child) => !isAttestation(child));
  const entries = await Promise.all(
    images.map(async (child) =>
      readEntry(repository, child, await findManifest(repository, child.digest, signal), signal),
    ),
  );
  const attestations = found.manifests.length - images.length;
  return { descriptor, list: found, entries, attestations };
}

async function readEntry(
  repository: Repository,
  descriptor: Descriptor,
  found: FoundManifest | undefined,
  signal?: AbortSignal,
): Promise<ExistingEntry> {
  const listed = descriptor.platform && normalizePlatform(descriptor.platform);
  const unknown = { descriptor, platform: listed ?? unknownPlatform, manifest: undefined };
  if (!found) return { ...unknown, fault: "its manifest is not in the registry" };
  if (found.kind === "unreadable") return { ...unknown, fault: found.fault };
  if (found.kind === "index") return { ...unknown, fault: "it is an index within an index" };
  if (listed) return { ...unknown, manifest: found };
  const config = await readConfig(found, repository, signal);
  if (typeof config === "string") return { ...unknown, manifest: found, fault: config };
  const platform = normalizePlatform(config.platform);
  return { descriptor: { ...descriptor, platform }, platform, manifest: found };
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
  const { manifest, platform, fault } = entry;
  if (fault !== undefined || !manifest) return fault;
  const config = await readConfig(manifest, repository, signal);
  if (typeof config === "string") return config;
  if (platform.architecture === "") return "neither its list nor its config says its architecture";
  const said = normalizePlatform(config.platform).architecture;
  if (said === platform.architecture) return undefined;
  const layers: LayerContents[] = [];
  for (const layer of ownLayers(manifest)) {
    layers.push((await inspectLayer(repository.fetchBlob(layer, signal))).contents);
  }
  const answer = askBinaries(config, layers);
  const vote = isVote(answer) ? answer : undefined;
  if (vote?.architecture === platform.architecture) return undefined;
  const binaries = vote ? ` and its binaries are ${vote.architecture} (${vote.evidence})` : "";
  return `its list says ${formatPlatform(platform)}, its config says ${said || "nothing"}${binaries}`;
}
