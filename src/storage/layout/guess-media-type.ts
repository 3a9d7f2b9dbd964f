import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { LayoutFiles } from "./layout-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";
import { readManifestFile } from "./read-manifest-file.ts";

/** What a manifest says of its own type, where no link does and none can be made; undefined for what is no manifest. */
export async function guessMediaType(
  files: LayoutFiles,
  paths: LayoutPaths,
  digest: Digest,
): Promise<string | undefined> {
  const bytes = await readManifestFile(files, paths, digest);
  if (!bytes) return undefined;
  try {
    return parseManifest(bytes, `manifest "${digest}"`).descriptor.mediaType;
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}
