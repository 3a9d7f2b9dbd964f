import { formatBytes } from "../../content/byte-size.ts";
import { formatReference } from "../../oci/reference.ts";
import type { PackedImage } from "../../archive/pack/pack-images.ts";
import type { WrittenArchive } from "../files/write-archive-file.ts";
import type { CountedLayer } from "../../content/counted-layer.ts";
import { sayLeftOut } from "../output/left-out-text.ts";
import { countNoun } from "../output/count-noun.ts";
import { jsonDocument } from "../output/json/json-document.ts";

/** An archive that would be written: its images, and the bytes of their blobs. */
export interface PlannedSave {
  readonly path: string;
  readonly images: readonly PackedImage[];
  readonly size: number;
  /** Layers that are left out by `--since`, where that is asked for. */
  readonly counted?: readonly CountedLayer[];
}

/** An archive that was written, with the images in it. */
export interface WrittenSave extends PlannedSave, WrittenArchive {}

/** A line for each archive; of a dry run also the names, so that it is an image list. */
export function formatSaved(archives: readonly (PlannedSave | WrittenSave)[]): string {
  const lines = archives.map((archive) => {
    const { path, images, size, counted } = archive;
    const leftOut = counted ? `, ${sayLeftOut(counted)}` : "";
    if (!("sha256" in archive)) {
      const names = images.flatMap((image) => image.names.map((name) => `${formatReference(name)}\n`));
      return `# ${path}: ${countNoun(images.length, "image")}, ${formatBytes(size)}${leftOut}\n${names.join("")}`;
    }
    const { parts, sha256 } = archive;
    const inParts = parts?.size ? ` in ${parts.size} parts` : "";
    return `${path}: ${countNoun(images.length, "image")}, ${formatBytes(size)}${inParts}${leftOut}, sha256 ${sha256}\n`;
  });
  return lines.join("");
}

/** The same for a program, with every image and the checksums of parts. */
export function savedToJson(archives: readonly (PlannedSave | WrittenSave)[]): Record<string, unknown> {
  return jsonDocument("save", {
    changed: archives.some((archive) => "sha256" in archive),
    archives: archives.map(({ path, size, images, counted, ...written }) => ({
      title: path,
      size,
      ...("sha256" in written ? { sha256: written.sha256 } : {}),
      ...("parts" in written && written.parts?.size ? { files: listParts(written.parts) } : {}),
      ...(counted ? { leftOut: counted.map(({ digest, size }) => ({ digest, size })) } : {}),
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

/** As reports name the files that an archive is read from. */
function listParts(parts: ReadonlyMap<string, string>): { name: string; sha256: string }[] {
  return [...parts].map(([name, sha256]) => ({ name, sha256 }));
}
