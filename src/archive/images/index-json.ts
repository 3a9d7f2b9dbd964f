import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { checkNameCount } from "./image-names.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** What `index.json` lists; nothing where there is none. Throws `ARCHIVE_INVALID`, `MANIFEST_INVALID` or `JSON_INVALID`. */
export async function readIndexJson(archive: OpenedArchive): Promise<readonly Descriptor[]> {
  const entry = archive.entries.find("index.json");
  if (!entry) return [];
  const index = parseManifest(await archive.metadata.list(entry), "index.json");
  if (index.kind !== "index") {
    throw new AirgapError(
      "ARCHIVE_INVALID",
      "Cannot read index.json: it is an image's manifest, not an index",
    );
  }
  checkNameCount(index.manifests.length);
  return index.manifests;
}
