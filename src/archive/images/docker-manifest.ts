import { AirgapError } from "../../oci/airgap-error.ts";
import { type Descriptor, parseDescriptor } from "../../oci/descriptor.ts";
import { asArray, asObject, asOptionalString, asString, type JsonObject, parseJson } from "../../oci/json.ts";
import { checkNameCount } from "./image-names.ts";

/** One image of a `manifest.json` (moby, image/tarexport/tarexport.go). */
export interface DockerManifestItem {
  /** Path of the image's config in the archive. */
  readonly config: string;
  readonly repoTags: readonly string[];
  /** Paths of its layers, base first; the same path may stand there twice. */
  readonly layers: readonly string[];
  /** Descriptors of layers by diffID: only of foreign ones before Docker 25, of every one since. */
  readonly layerSources: ReadonlyMap<string, Descriptor>;
}

/** No archive has that many; Rancher's have hundreds. */
const maxImages = 8000;

/**
 * Reads a `manifest.json` as Go's readers do: keys in any case, null for every list, and for the whole document
 * (archives.md 1.4, 1.5). Throws `JSON_INVALID`, `ARCHIVE_INVALID`.
 */
export function parseDockerManifest(bytes: Uint8Array): readonly DockerManifestItem[] {
  const items = asArray(parseJson(bytes, { what: "manifest.json", foldKeys: true }), "manifest.json");
  if (items.length > maxImages) {
    throw new AirgapError(
      "ARCHIVE_INVALID",
      `Cannot read manifest.json: it lists ${items.length} images, at most ${maxImages} are read`,
    );
  }
  const parsed = items.map((item, i) =>
    parseItem(asObject(item, `manifest.json[${i}]`), `manifest.json[${i}]`),
  );
  checkNameCount(parsed.reduce((count, { repoTags }) => count + repoTags.length, 0));
  return parsed;
}

function parseItem(item: JsonObject, what: string): DockerManifestItem {
  return {
    config: asOptionalString(item.get("config"), `${what}.Config`) ?? "",
    repoTags: strings(item.get("repotags"), `${what}.RepoTags`),
    layers: strings(item.get("layers"), `${what}.Layers`),
    layerSources: parseLayerSources(item.get("layersources"), `${what}.LayerSources`),
  };
}

function strings(value: unknown, what: string): string[] {
  return asArray(value, what).map((text) => asString(text, what));
}

function parseLayerSources(value: unknown, what: string): ReadonlyMap<string, Descriptor> {
  if (value === null || value === undefined) return new Map();
  const sources = [...asObject(value, what)];
  return new Map(sources.map(([diffID, source]) => [diffID, parseSource(source, `${what}.${diffID}`)]));
}

/** A descriptor whose keys were folded with the rest of the document. */
function parseSource(value: unknown, what: string): Descriptor {
  const source = asObject(value, what);
  return parseDescriptor(new Map([...source, ["mediaType", source.get("mediatype")]]), what);
}
