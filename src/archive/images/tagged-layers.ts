import type { Digest } from "../../oci/digest.ts";
import { asObject, asString, parseJson } from "../../oci/json.ts";
import type { DockerImage } from "./docker-archive.ts";
import { checkNameCount } from "./image-names.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/**
 * Names from a `repositories` file, by the image's config. Docker before 1.10 wrote nothing else; it knows a name by the ID
 * of the top layer, which counts where just one image has it. Throws `JSON_INVALID`.
 */
export async function namesByTopLayer(
  archive: OpenedArchive,
  images: readonly DockerImage[],
): Promise<ReadonlyMap<Digest, readonly string[]>> {
  const file = archive.entries.find("repositories");
  const tagged = file ? parseRepositories(await archive.metadata.list(file)) : [];
  checkNameCount(tagged.length);
  const byLayer = groupByTopLayer(images);
  const names = new Map<Digest, string[]>();
  for (const [name, layer] of tagged) {
    const [config, second] = byLayer.get(layer) ?? [];
    if (!config || second) continue;
    const known = names.get(config);
    if (known) known.push(name);
    else names.set(config, [name]);
  }
  return names;
}

/** Configs by the ID of their top layer, which is a part of its path: `<id>/layer.tar`, `<id>.tar`, `blobs/sha256/<id>`. */
function groupByTopLayer(images: readonly DockerImage[]): ReadonlyMap<string, readonly Digest[]> {
  const groups = new Map<string, Digest[]>();
  for (const { item, config } of images) {
    for (const part of item.layers.at(-1)?.split(/[/.]/) ?? []) {
      const group = groups.get(part);
      if (group) group.push(config.digest);
      else groups.set(part, [config.digest]);
    }
  }
  return groups;
}

function parseRepositories(bytes: Uint8Array): [name: string, layer: string][] {
  const repositories = asObject(parseJson(bytes, { what: "repositories" }), "repositories");
  return [...repositories].flatMap(([repository, tags]) =>
    [...asObject(tags, `repositories.${repository}`)]
      .filter(([tag]) => tag !== "")
      .map(([tag, layer]): [string, string] => [
        `${repository}:${tag}`,
        asString(layer, `repositories.${repository}`),
      ]),
  );
}
