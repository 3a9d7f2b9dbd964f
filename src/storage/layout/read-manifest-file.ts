import type { Digest } from "../../oci/digest.ts";
import { maxManifestSize } from "../../oci/manifest.ts";
import type { LayoutFiles } from "./layout-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";

/** Content that could be a manifest, or undefined where it is not there or has more bytes than any manifest. */
export function readManifestFile(
  files: LayoutFiles,
  paths: LayoutPaths,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  return files.read(paths.blob(digest), maxManifestSize);
}
