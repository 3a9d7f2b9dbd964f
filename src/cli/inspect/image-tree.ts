import { shortDigest } from "../../oci/digest.ts";
import { isIndexType } from "../../oci/media-type.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import type { MeasuredImage, MeasuredList } from "../../transfer/inspect/measure-images.ts";
import { formatBytes } from "../../content/byte-size.ts";
import { countNoun } from "../output/count-noun.ts";

/** An image for people: its platforms with what they weigh, and the layers of each. */
export function formatImageTree(
  name: string,
  { descriptor }: Manifest | ImageIndex,
  { images, attestations, total }: MeasuredList,
): string {
  const what = isIndexType(descriptor.mediaType) ? "list" : "image";
  const head = `${printable(name)}  ${what} ${shortDigest(descriptor.digest)}, ${countNoun(images.length, "platform")}, ${formatBytes(total)}\n`;
  const branches = images.map(formatBranch);
  if (attestations.length > 0) branches.push([countNoun(attestations.length, "attestation")]);
  return head + drawTree(branches);
}

function formatBranch({ platform, manifest, size }: MeasuredImage): string[] {
  const layers = manifest.layers.map(
    (layer) => `layer ${shortDigest(layer.digest)}  ${formatBytes(layer.size)}`,
  );
  const title = `${formatPlatform(platform)}  ${shortDigest(manifest.descriptor.digest)}  ${formatBytes(size)}`;
  return [printable(title), ...layers];
}

/** Branches of a title and its leaves. */
function drawTree(branches: readonly (readonly string[])[]): string {
  const lines = branches.flatMap(([title = "", ...leaves], at) => {
    const isLast = at === branches.length - 1;
    const indent = isLast ? "   " : "│  ";
    return [
      `${isLast ? "└─" : "├─"} ${title}`,
      ...leaves.map((leaf, n) => `${indent}${n === leaves.length - 1 ? "└─" : "├─"} ${leaf}`),
    ];
  });
  return lines.map((line) => `${line}\n`).join("");
}
