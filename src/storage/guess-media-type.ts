import { readFile } from "node:fs/promises";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Digest } from "../oci/digest.ts";
import { maxManifestSize, parseManifest } from "../oci/manifest.ts";
import { sizeOf } from "./durable-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";

/** What a manifest says of its own type, where no link does and none can be made; undefined for what is no manifest. */
export async function guessMediaType(paths: LayoutPaths, digest: Digest): Promise<string | undefined> {
  const size = await sizeOf(paths.blob(digest));
  if (size === undefined || size > maxManifestSize) return undefined;
  try {
    return parseManifest(await readFile(paths.blob(digest)), `manifest "${digest}"`).descriptor.mediaType;
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}
