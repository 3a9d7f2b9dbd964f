import { readConfig } from "../graph/read-config.ts";
import pLimit from "p-limit";
import type { LayerContents } from "../../content/layer-contents.ts";
import type { Repository } from "../../content/repository.ts";
import { isReportable } from "../../oci/airgap-error.ts";
import { type Descriptor, isForeign } from "../../oci/descriptor.ts";
import { convertManifest } from "../format/convert-manifest.ts";
import { familyName, familyOf, isEncryptedLayerType } from "../../oci/media-type.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { normalizePlatform, type Platform } from "../../oci/platform.ts";
import { askBinaries, isVote } from "../plan/witness/binary-witness.ts";
import type { ExistingEntry, InspectLayer } from "../load/existing-tag.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { ArchTags } from "../../content/option-words.ts";
import type { BlobTask } from "../report/blob-task.ts";
import type { Trust } from "../trust/trust.ts";
import { runsOn } from "../plan/witness/witness.ts";

export interface VerifyOptions {
  /** Reads every layer: its digest, its diffID and its binaries. None only asks whether the layers are there. */
  readonly inspectLayer?: InspectLayer;
  /** When the images of a list have tags of their own, as for a load; none looks for no tags. */
  readonly archTags?: ArchTags;
  /** Counts what is read. */
  readonly task?: BlobTask;
  /** Judges who has signed what is there; none does not ask. */
  readonly trust?: Trust;
  readonly signal: AbortSignal;
}

/** How one image of a list stands. */
export interface VerifiedImage {
  /** As its list has it; both words empty where nothing tells them. */
  readonly platform: Platform;
  readonly digest?: Digest;
  /** What is wrong with it, a clause each; nothing is where there are none. */
  readonly problems: readonly string[];
  /** What is odd about it and does no harm where it is pulled by its list. */
  readonly notes: readonly string[];
}

/** Layers of one image read at a time. */
const parallelLayers = 3;

/**
 * Checks that an image is complete, that its binaries are for the platform its list says, and where an archive is given that
 * it is the same image.
 */
export async function verifyImage(
  entry: ExistingEntry,
  expected: PlannedEntry | undefined,
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedImage> {
  const { platform, manifest, fault } = entry;
  const base = { platform, digest: entry.descriptor.digest, notes: [] };
  if (fault !== undefined || !manifest) return { ...base, problems: [fault ?? "its manifest is not there"] };
  const config = await tellProblem(() => readConfig(manifest, repository, options.signal), options.signal);
  if (typeof config === "string") return { ...base, problems: [config] };
  const layers = await readLayers(manifest, config, repository, options);
  const contents = layers.flatMap(({ contents }) => contents ?? []);
  const { problem, note } = judgeArchitecture(platform, config, contents);
  return {
    ...base,
    problems: [
      ...layers.flatMap(({ problem }) => problem ?? []),
      ...(problem ? [problem] : []),
      ...compareImage(manifest, expected),
    ],
    notes: [...(note ? [note] : []), ...(isConverted(manifest, expected) ? [sayConverted(manifest)] : [])],
  };
}

/** Binaries have the last word; where they say nothing, or were not read, the config has it. */
function judgeArchitecture(
  { architecture }: Platform,
  config: ImageConfig,
  contents: readonly LayerContents[],
): { problem?: string; note?: string } {
  const answer = askBinaries(config, contents);
  const vote = isVote(answer) ? answer : undefined;
  const said = normalizePlatform(config.platform).architecture;
  const lie = said === architecture ? undefined : `its config says ${said || "nothing"}`;
  if (!vote && lie) return { problem: lie };
  if (!vote) return answer && !isVote(answer) ? { note: answer.abstained } : {};
  if (vote.architecture !== architecture && !runsOn(vote.architecture, architecture)) {
    return { problem: `its binaries are ${vote.architecture} (${vote.evidence})` };
  }
  return lie ? { note: lie } : {};
}

interface VerifiedLayer {
  readonly contents?: LayerContents;
  readonly problem?: string;
}

function readLayers(
  { layers }: Manifest,
  config: ImageConfig,
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedLayer[]> {
  const limit = pLimit(parallelLayers);
  return Promise.all(
    layers.map((layer, at) =>
      limit(async (): Promise<VerifiedLayer> => {
        if (!isReadable(layer)) return {};
        return readLayer(layer, config.diffIDs[at], repository, options);
      }),
    ),
  );
}

/** Whether a layer has to be there, and can be looked into. */
export function isReadable(layer: Descriptor): boolean {
  return !isForeign(layer) && !isEncryptedLayerType(layer.mediaType);
}

/** The same bytes, counted where they are to be. */
export function countRead(
  chunks: AsyncIterable<Uint8Array>,
  task: BlobTask | undefined,
): AsyncIterable<Uint8Array> {
  return task ? task.read(chunks) : chunks;
}

async function readLayer(
  layer: Descriptor,
  diffID: Digest | undefined,
  repository: Repository,
  { inspectLayer, task, signal }: VerifyOptions,
): Promise<VerifiedLayer> {
  const name = `its layer ${shortDigest(layer.digest)}`;
  if (!(await repository.hasBlob(layer, signal))) return { problem: `${name} is not there` };
  if (!inspectLayer) return {};
  const chunks = countRead(repository.fetchBlob(layer, signal), task);
  const read = await tellProblem(() => inspectLayer(chunks), signal);
  if (typeof read === "string") return { problem: `${name} cannot be read: ${read}` };
  if (read.diffID === diffID) return { contents: read.contents };
  return { contents: read.contents, problem: `${name} is not the one that its config names` };
}

/** A repaired config is what was published; a manifest that goes up byte for byte is compared whole. */
function compareImage({ descriptor, config }: Manifest, expected: PlannedEntry | undefined): string[] {
  if (!expected) return [];
  const { sourceImage: image, config: wanted, keepsManifest } = expected.image;
  const own = keepsManifest ? image.manifest?.descriptor.digest : undefined;
  if (own !== undefined && own !== descriptor.digest && !isConverted({ descriptor }, expected)) {
    return [`its manifest is not that of the archive, ${shortDigest(own)}`];
  }
  if (wanted.digest === config.digest) return [];
  return [`its image ID is ${shortDigest(config.digest)}, that of the archive ${shortDigest(wanted.digest)}`];
}

/** Whether it is what a load makes of the archive's manifest for a registry that refuses its media types. */
function isConverted(
  { descriptor }: Pick<Manifest, "descriptor">,
  expected: PlannedEntry | undefined,
): boolean {
  const own = expected?.image.keepsManifest ? expected.image.sourceImage.manifest : undefined;
  if (!own || own.descriptor.digest === descriptor.digest) return false;
  return convertManifest(own, familyOf(descriptor.mediaType))?.descriptor.digest === descriptor.digest;
}

function sayConverted({ descriptor }: Manifest): string {
  return `it is that of the archive, converted to ${familyName(familyOf(descriptor.mediaType))}'s media types`;
}

/** What is damaged or refused is told as a problem of the image; an interruption ends the run. */
export async function tellProblem<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (!isReportable(error, signal) || error.exit === "unreachable") throw error;
    return error.message;
  }
}
