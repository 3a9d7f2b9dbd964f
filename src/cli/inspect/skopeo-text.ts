import { readBlob } from "../../content/read-blob.ts";
import { asObject, type JsonObject, parseJson, stringifyJson } from "../../oci/json.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import { selectImages, takeSingle } from "../../transfer/graph/select-images.ts";
import type { CopySource } from "../registries/open-copy-source.ts";

/** One image with its config as it is stored. */
interface ChosenImage {
  readonly manifest: Manifest;
  readonly config: Uint8Array;
}

/** The image for a platform, or the only one. Throws `SEVERAL_PLATFORMS` and `PLATFORM_MISSING`. */
async function chooseImage(
  { root, content }: CopySource,
  platform: Platform | undefined,
  signal: AbortSignal,
): Promise<ChosenImage> {
  const platforms = platform ? [platform] : [];
  const chosen = await selectImages(root, content, { platforms, attestations: false, unwrap: true, signal });
  const { root: manifest } = await takeSingle(chosen, content, signal);
  return { manifest, config: await readBlob(content, manifest.config, signal) };
}

/** An image's config, for people or byte for byte, as `skopeo inspect --config` and `--config --raw` print it. */
export async function readConfig(
  source: CopySource,
  platform: Platform | undefined,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly text: string }> {
  const { config } = await chooseImage(source, platform, signal);
  return { bytes: config, text: `${stringifyJson(parseConfig(config), 4)}\n` };
}

/**
 * What `skopeo inspect` prints of an image (skopeo, cmd/skopeo/inspect/output.go): the digest is that of what the name stands
 * for, and all else of the image for the platform.
 */
export async function formatSkopeo(
  source: CopySource,
  name: string | undefined,
  platform: Platform | undefined,
  signal: AbortSignal,
): Promise<string> {
  const { manifest, config } = await chooseImage(source, platform, signal);
  const image = parseConfig(config);
  const settings = asObject(image.get("config") ?? new Map(), "the config");
  const told = new Map<string, unknown>([
    ...(name === undefined ? [] : ([["Name", name]] as const)),
    ["Digest", source.root.descriptor.digest],
    ["RepoTags", name === undefined ? [] : ((await source.repository?.listTags(signal)) ?? [])],
    ["Created", image.get("created") ?? "0001-01-01T00:00:00Z"],
    ["DockerVersion", image.get("docker_version") ?? ""],
    ["Labels", settings.get("Labels") ?? null],
    ["Architecture", image.get("architecture") ?? ""],
    ["Os", image.get("os") ?? ""],
    ["Layers", manifest.layers.map(({ digest }) => digest)],
    ["Env", settings.get("Env") ?? null],
  ]);
  return `${stringifyJson(told, 4)}\n`;
}

function parseConfig(bytes: Uint8Array): JsonObject {
  return asObject(parseJson(bytes, { what: "the config" }), "the config");
}
