import pLimit from "p-limit";
import type { Repository } from "../../content/repository.ts";
import { readBlob } from "../../content/read-blob.ts";
import { AirgapError, isReportable } from "../../oci/airgap-error.ts";
import { isAttestation } from "../../oci/attestation.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseDigest } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import { asArray, asObject, asOptionalString, asSize, asString, parseJson } from "../../oci/json.ts";
import { isForeign } from "../../oci/descriptor.ts";
import { type ImageIndex, isImageManifest, type Manifest } from "../../oci/manifest.ts";
import { type LayerCompression, promisedCompression } from "../../oci/media-type.ts";
import { CountTask, countRepositories } from "../report/count-task.ts";
import type { OnEvent } from "../report/events.ts";
import { findManifest } from "../graph/find-manifest.ts";
import type { KnownLayer } from "./known-layers.ts";

/** What a place has: names with their digests, and the layers of its images with the repositories that they are in. */
export interface Inventory {
  readonly names: ReadonlyMap<string, Digest>;
  readonly layers: readonly KnownLayer[];
}

/** Tags read at a time. */
const parallelReads = 6;

/** Reads all that repositories have. What cannot be read of one tag is no part of it. */
export async function takeInventory(
  repositories: readonly Repository[],
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<Inventory> {
  const names = new Map<string, Digest>();
  const layers = new Map<Digest, KnownLayer>();
  const limit = pLimit(parallelReads);
  for await (const repository of countRepositories(repositories, onEvent)) {
    const seen = new Set<Digest>();
    const tags = await repository.listTags(signal);
    const told = { activity: "looking through", title: repository.title, noun: "tag" } as const;
    const task = new CountTask(told, onEvent, tags.length);
    await limit.map(tags, async (tag) => {
      const digest = await readTag(repository, tag, { layers, seen, signal });
      if (digest) names.set(`${repository.name}:${tag}`, digest);
      task.add();
    });
    task.end();
  }
  return { names, layers: [...layers.values()] };
}

interface Reading {
  readonly layers: Map<Digest, KnownLayer>;
  readonly seen: Set<Digest>;
  readonly signal: AbortSignal;
}

async function readTag(repository: Repository, tag: string, reading: Reading): Promise<Digest | undefined> {
  const found = await findManifest(repository, tag, reading.signal);
  if (!found || found.kind === "unreadable") return undefined;
  await readNode(repository, found, reading);
  return found.descriptor.digest;
}

async function readNode(
  repository: Repository,
  node: Manifest | ImageIndex,
  reading: Reading,
): Promise<void> {
  if (reading.seen.has(node.descriptor.digest)) return;
  reading.seen.add(node.descriptor.digest);
  if (node.kind === "manifest") return addImage(repository, node, reading);
  for (const child of node.manifests.filter((each) => !isAttestation(each))) {
    const found = await findManifest(repository, child.digest, reading.signal);
    if (found && found.kind !== "unreadable") await readNode(repository, found, reading);
  }
}

async function addImage(
  repository: Repository,
  manifest: Manifest,
  { layers, signal }: Reading,
): Promise<void> {
  if (!isImageManifest(manifest)) return;
  const diffIDs = await readDiffIDs(repository, manifest, signal);
  for (const [at, layer] of manifest.layers.entries()) {
    if (isForeign(layer) || !(await repository.hasBlob(layer, signal))) continue;
    const { digest, size, mediaType } = layer;
    const known = layers.get(digest);
    layers.set(digest, {
      digest,
      size,
      diffID: diffIDs.length === manifest.layers.length ? diffIDs[at] : known?.diffID,
      compression: promisedCompression(mediaType),
      repositories: [...new Set([...(known?.repositories ?? []), repository.name])],
      names: [],
    });
  }
}

async function readDiffIDs(
  repository: Repository,
  { config, descriptor }: Manifest,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  try {
    const bytes = await readBlob(repository, config, signal);
    return parseImageConfig(bytes, `the config of "${descriptor.digest}"`).diffIDs;
  } catch (error) {
    if (!isReportable(error, signal) || error.exit === "unreachable") throw error;
    return [];
  }
}

/** Version of the shape below. */
const version = 1;

/** The same place gives the same bytes. */
export function formatInventory({ names, layers }: Inventory): string {
  const sorted = [...layers].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const document = {
    airgapLoadInventory: version,
    names: Object.fromEntries([...names].sort(([a], [b]) => (a < b ? -1 : 1))),
    layers: sorted.map(({ digest, size, diffID, compression, repositories }) => ({
      digest,
      size,
      diffID,
      compression,
      repositories: [...repositories].sort(),
    })),
  };
  return `${JSON.stringify(document)}\n`;
}

/** The layers that an inventory names. Throws `JSON_INVALID`. */
export function readInventory(bytes: Uint8Array): KnownLayer[] {
  const document = asObject(parseJson(bytes, { what: "the inventory" }), "the inventory");
  if (document.get("airgapLoadInventory") !== version) {
    throw new AirgapError("JSON_INVALID", "Cannot read the inventory: it is none of this version");
  }
  return asArray(document.get("layers"), "layers").map((item) => {
    const layer = asObject(item, "a layer");
    const diffID = asOptionalString(layer.get("diffID"), "diffID");
    return {
      digest: parseDigest(asString(layer.get("digest"), "digest")),
      size: asSize(layer.get("size"), "size"),
      diffID: diffID === undefined ? undefined : parseDigest(diffID),
      compression: readCompression(asOptionalString(layer.get("compression"), "compression")),
      repositories: asArray(layer.get("repositories"), "repositories").map((name) => asString(name, "name")),
      names: [],
    };
  });
}

function readCompression(word: string | undefined): LayerCompression | undefined {
  return word === "none" || word === "gzip" || word === "zstd" ? word : undefined;
}
