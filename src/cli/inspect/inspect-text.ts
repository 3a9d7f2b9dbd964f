import { shortDigest } from "../../oci/digest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { ImageReport, SourceReport } from "../../transfer/inspect/inspect-source.ts";
import { formatBytes } from "../../content/byte-size.ts";
import { formatTable } from "../output/table.ts";

const header = ["IMAGE", "PLATFORM", "CONFIG SAYS", "INDEX SAYS", "BINARIES", "LAYERS", "SIZE"];

/** What is in an archive, for a person: who wrote it, a line for each image, and what is odd. */
export function formatInspection(report: SourceReport): string {
  const { images, artifacts } = report;
  return [
    formatHead(report),
    tellParts(report),
    images.length ? formatTable([header, ...images.map(imageRow)]) : "",
    artifacts.length ? formatTable([["ARTIFACT", "DIGEST"], ...artifacts.map(artifactRow)]) : "",
    tellFindings(report),
  ]
    .filter(Boolean)
    .join("\n");
}

const maxParts = 100;

/** Where in a bundle the images are. */
function tellParts({ facts: { parts = [] } }: SourceReport): string {
  if (parts.length === 0) return "";
  const rows = parts
    .slice(0, maxParts)
    .map(({ where, kind, images }) => [printable(where), kind, String(images)]);
  const more = parts.length > maxParts ? `and ${parts.length - maxParts} more\n` : "";
  return formatTable([["WHERE", "KIND", "IMAGES"], ...rows]) + more;
}

function tellFindings({ images, faults, notices }: SourceReport): string {
  return [
    ...faults.map(({ error }) => `unusable: ${error.message}\n`),
    ...images.flatMap(problemLines),
    ...notices.map(({ severity, text }) => `${severity}: ${printable(text)}\n`),
  ].join("");
}

function formatHead({ title, facts, images }: SourceReport): string {
  const compression = facts.compression === "none" ? "not compressed" : facts.compression;
  const sum = facts.sha256 === undefined ? "" : `sha256 ${facts.sha256}\n`;
  const count = `${images.length} ${images.length === 1 ? "image" : "images"}`;
  return `${printable(title)}: ${count}, ${formatBytes(facts.size)}, ${compression}, written by ${facts.writer}\n${sum}`;
}

function imageRow(image: ImageReport): string[] {
  const { platform, witnesses, layers } = image;
  const sizes = layers.flatMap(({ size }) => size ?? []);
  return [
    nameImage(image),
    platform ? formatPlatform(platform) : "?",
    witnesses.config.architecture ? formatPlatform(witnesses.config) : "-",
    witnesses.descriptor ? formatPlatform(witnesses.descriptor) : "-",
    witnesses.binaries ? `${witnesses.binaries.architecture} (${witnesses.binaries.evidence})` : "-",
    String(layers.length),
    formatBytes(sizes.reduce((sum, size) => sum + size, 0)),
  ].map((cell) => printable(cell));
}

function nameImage({ names, tags, config }: ImageReport): string {
  if (names.length) return names.join(", ");
  return `${shortDigest(config)} (${tags.length ? `only the tag ${tags.join(", ")}` : "no name"})`;
}

function artifactRow({ names, digest }: SourceReport["artifacts"][number]): string[] {
  return [printable(names.join(", ")), digest];
}

function problemLines(image: ImageReport): string[] {
  return image.problems.map((problem) => `warning: ${printable(`${nameImage(image)}: ${problem}`)}\n`);
}
