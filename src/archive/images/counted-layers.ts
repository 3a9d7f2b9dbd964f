import type { CountedLayer } from "../../content/counted-layer.ts";
import type { BlobHolders } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { parseDigest } from "../../oci/digest.ts";
import { asArray, asObject, asSize, asString, type JsonObject, parseJson } from "../../oci/json.ts";
import { isRepository, parseReference } from "../../oci/reference.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** Beside the `index.json` of an archive that is a difference: what it counts on. */
export const countedFile = "airgap-load.since.json";

/** Version of the shape below. */
const version = 1;

/** Of one layer; who has more repositories than that needs no more of them named. */
const maxPlaces = 20;

/** The marker's content. */
export function formatCountedLayers(layers: readonly CountedLayer[]): string {
  const listed = layers.map(({ digest, size, repositories, names, byDiffID }) => ({
    digest,
    size,
    repositories: repositories.slice(0, maxPlaces),
    names: names.slice(0, maxPlaces),
    byDiffID,
  }));
  return JSON.stringify({ version, layers: listed });
}

/** What an archive counts on, by digest; nothing where it is whole. Throws `JSON_INVALID` or `ARCHIVE_UNSUPPORTED`. */
export async function readCountedLayers(archive: OpenedArchive): Promise<OpenedArchive["findHolders"]> {
  const entry = archive.entries.find(countedFile);
  if (!entry) return undefined;
  const marker = asObject(parseJson(await archive.metadata.list(entry), { what: countedFile }), countedFile);
  if (marker.get("version") !== version) {
    throw new AirgapError("ARCHIVE_UNSUPPORTED", `Cannot read ${countedFile}: it is of another version`, {
      hint: "A newer airgap-load wrote the archive: load it with that one.",
    });
  }
  const layers = asArray(marker.get("layers"), "layers").map((item) => readLayer(asObject(item, "a layer")));
  const holders = new Map(layers.map((layer) => [layer.digest, holdersOf(layer)]));
  return (digest) => holders.get(digest);
}

/** What cannot be a repository can hold nothing. */
function holdersOf({ repositories, names, byDiffID }: CountedLayer): BlobHolders {
  return { repositories: names.filter(isName), paths: repositories.filter(isRepository), byDiffID };
}

function isName(name: string): boolean {
  try {
    parseReference(name);
    return true;
  } catch {
    return false;
  }
}

function readLayer(layer: JsonObject): CountedLayer {
  return {
    digest: parseDigest(asString(layer.get("digest"), "digest")),
    size: asSize(layer.get("size"), "size"),
    repositories: readTexts(layer, "repositories"),
    names: readTexts(layer, "names"),
    byDiffID: layer.get("byDiffID") === true,
  };
}

function readTexts(layer: JsonObject, key: string): string[] {
  return asArray(layer.get(key), key)
    .slice(0, maxPlaces)
    .map((text) => asString(text, key));
}
