import { readFile } from "node:fs/promises";
import type { Digest } from "../../oci/digest.ts";
import { maxManifestSize } from "../../oci/manifest.ts";
import { sizeOf } from "./durable-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";

/** Content that could be a manifest, or undefined where it is not there or has more bytes than any manifest. */
export async function readManifestFile(paths: LayoutPaths, digest: Digest): Promise<Uint8Array | undefined> {
  const size = await sizeOf(paths.blob(digest));
  return size === undefined || size > maxManifestSize ? undefined : readFile(paths.blob(digest));
}
