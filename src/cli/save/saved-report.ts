import { formatBytes } from "../../content/byte-size.ts";
import { formatReference } from "../../oci/reference.ts";
import type { PackedImage } from "../../archive/pack/pack-images.ts";
import type { WrittenArchive } from "../files/write-archive-file.ts";
import { countNoun } from "../output/count-noun.ts";
import { jsonDocument } from "../output/json-document.ts";

/** An archive that was written, with the images in it. */
export interface WrittenSave extends WrittenArchive {
  readonly path: string;
  readonly images: readonly PackedImage[];
}

/** A line for each archive. */
export function formatSaved(archives: readonly WrittenSave[]): string {
  const lines = archives.map(({ path, images, size, parts, sha256 }) => {
    const inParts = parts?.size ? ` in ${parts.size} parts` : "";
    return `${path}: ${countNoun(images.length, "image")}, ${formatBytes(size)}${inParts}, sha256 ${sha256}\n`;
  });
  return lines.join("");
}

/** The same for a program, with every image and the checksums of parts. */
export function savedToJson(archives: readonly WrittenSave[]): Record<string, unknown> {
  return jsonDocument("save", {
    changed: true,
    archives: archives.map(({ path, size, sha256, parts = new Map<string, string>(), images }) => ({
      title: path,
      size,
      sha256,
      ...(parts.size ? { parts: Object.fromEntries(parts) } : {}),
      images: images.map(({ names, root }) => ({
        names: names.map(formatReference),
        digest: root.descriptor.digest,
      })),
    })),
    totals: {
      archives: archives.length,
      images: archives.reduce((sum, { images }) => sum + images.length, 0),
      bytes: archives.reduce((sum, { size }) => sum + size, 0),
    },
  });
}
