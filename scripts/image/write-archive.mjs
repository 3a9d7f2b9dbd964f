import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { packImages } from "../../dist/archive/pack/pack-images.js";
import { buildIndex } from "../../dist/oci/manifest.js";
import { countInto } from "./count-into.mjs";
import { parseReference } from "../../dist/oci/reference.js";

/**
 * Writes images of {@link buildImage} under the name of this version: several as one index; a single one with docker's
 * manifest.json beside it. Gives the file's size and sha256.
 */
export async function writeArchive(path, images, version) {
  const names = [parseReference(`airgap-load/airgap-load:${version}`)];
  const isSingle = images.length === 1;
  const index = buildIndex(
    "oci",
    images.map(({ manifest, platform }) => ({ ...manifest.descriptor, platform })),
  );
  const roots = isSingle ? [] : [index];
  const content = {
    images: [
      isSingle ? { names, root: images[0].manifest, platform: images[0].platform } : { names, root: index },
    ],
    manifests: new Map(
      [...roots, ...images.map(({ manifest }) => manifest)].map((each) => [each.descriptor.digest, each]),
    ),
    blobs: new Map(images.flatMap(({ blobs }) => blobs).map((blob) => [blob.descriptor.digest, blob])),
  };
  const hash = createHash("sha256");
  let size = 0;
  await pipeline(
    packImages(content, { docker: isSingle }),
    countInto(hash, (length) => (size += length)),
    createWriteStream(path),
  );
  return { size, sha256: hash.digest("hex") };
}
