import pLimit from "p-limit";
import { readBlob } from "../../content/read-blob.ts";
import type { ContentReader } from "../../content/repository.ts";
import { asObject, asOptionalString, type JsonObject, parseJson } from "../../oci/json.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { formatPlatform, normalizePlatform } from "../../oci/platform.ts";
import { fetchChild } from "../graph/fetch-child.ts";
import { readStatements, type Statement } from "../graph/read-statements.ts";
import { listImages, type PlatformImage } from "../graph/select-images.ts";

/** What {@link describeImage} can tell beside name and manifest; each costs requests. */
export const imageFacts = ["image", "provenance", "sbom", "buildinfo"] as const;

export type ImageFact = (typeof imageFacts)[number];

/** A fact of the only image: its fields, where several images have a fact for each platform. */
export class SingleFact extends Map<string, unknown> {}

/** Images read at a time. */
const parallelReads = 6;

/**
 * An image as `docker buildx imagetools inspect --format` has it: Maps, arrays and plain values under `name`, `manifest` and
 * the facts that are asked for. Those are by platform, unless there is only one.
 */
export async function describeImage(
  name: string,
  root: Manifest | ImageIndex,
  source: ContentReader,
  facts: readonly ImageFact[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, unknown>> {
  const data = new Map<string, unknown>([
    ["name", name],
    ["manifest", describeManifest(root)],
  ]);
  const images = facts.length > 0 ? await listImages(root, source, signal) : [];
  for (const fact of facts) {
    const read = async (image: PlatformImage): Promise<[string, unknown]> => [
      formatPlatform(normalizePlatform(image.platform)),
      await readFact(fact, image, { root, source, signal }),
    ];
    const known = (await pLimit(parallelReads).map(images, read)).filter(([, value]) => value !== undefined);
    known.sort(([one], [other]) => (one < other ? -1 : 1));
    data.set(fact, images.length > 1 ? new Map(known) : new SingleFact((known[0]?.[1] ?? []) as JsonObject));
  }
  return data;
}

/** The keys of an index with those of its descriptor among them; of a single manifest the descriptor alone. */
function describeManifest(root: Manifest | ImageIndex): ReadonlyMap<string, unknown> {
  const { mediaType, digest, size } = root.descriptor;
  if (root.kind === "manifest") return new Map(Object.entries({ mediaType, digest, size }));
  const document = asObject(parseJson(root.bytes, { what: "the index" }), "the index");
  const described: [string, unknown][] = [
    ["schemaVersion", document.get("schemaVersion")],
    ["mediaType", mediaType],
    ["digest", digest],
    ["size", size],
    ["manifests", document.get("manifests")],
    ["annotations", document.get("annotations")],
  ];
  return new Map(described.filter(([, value]) => value !== undefined));
}

interface Context {
  readonly root: Manifest | ImageIndex;
  readonly source: ContentReader;
  readonly signal: AbortSignal | undefined;
}

async function readFact(fact: ImageFact, { descriptor }: PlatformImage, context: Context): Promise<unknown> {
  const { root, source, signal } = context;
  if (fact === "provenance" || fact === "sbom") {
    const statements = await readStatements(root, descriptor.digest, source, signal);
    return fact === "sbom" ? describeSbom(statements) : describeProvenance(statements);
  }
  const image = root.kind === "manifest" ? root : await fetchChild(source, descriptor, signal);
  if (image.kind === "index") return undefined;
  const config = asObject(
    parseJson(await readBlob(source, image.config, signal), { what: "the config" }),
    "the config",
  );
  if (fact === "image") return config;
  const encoded = asOptionalString(config.get("moby.buildkit.buildinfo.v1"), "the build info");
  return encoded && parseJson(Buffer.from(encoded, "base64"), { what: "the build info" });
}

function describeProvenance(statements: readonly Statement[]): unknown {
  const found = statements.find(({ predicateType }) =>
    predicateType.startsWith("https://slsa.dev/provenance/"),
  );
  return found && new Map([["SLSA", found.predicate]]);
}

function describeSbom(statements: readonly Statement[]): unknown {
  const found = statements.filter(({ predicateType }) => predicateType === "https://spdx.dev/Document");
  const [first, ...others] = found.map(({ predicate }) => predicate);
  if (found.length === 0) return undefined;
  return new Map([["SPDX", first], ...(others.length ? ([["AdditionalSPDXs", others]] as const) : [])]);
}
