import type { Descriptor } from "../../oci/descriptor.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { printable } from "../../oci/printable.ts";

/** An image as `docker buildx imagetools inspect` shows it; `name` is in full. */
export function formatImage(name: string, root: Manifest | ImageIndex): string {
  const { mediaType, digest } = root.descriptor;
  const head = formatFields("", [
    ["Name", name],
    ["MediaType", mediaType],
    ["Digest", digest],
  ]);
  if (root.kind === "manifest") return head;
  const repository = name.replace(/@[^@]*$/, "");
  // One column up to an entry with annotations, which have one of their own.
  const width = root.manifests.some(({ annotations }) => annotations?.size)
    ? widthOf("Annotations")
    : undefined;
  const children = root.manifests.map((child) => formatChild(repository, child, width));
  return `${head}\nManifests:\n${children.join("\n")}`;
}

type Field = readonly [key: string, value: string];

function formatChild(name: string, child: Descriptor, width: number | undefined): string {
  const { mediaType, digest, annotations, urls } = child;
  const fields: Field[] = [
    ["Name", `${name}@${digest}`],
    ["MediaType", mediaType],
    ...describePlatform(child),
  ];
  if (urls?.length) fields.push(["URLs", urls.join(", ")]);
  if (!annotations?.size) return formatFields("  ", fields, width);
  fields.push(["Annotations", ""]);
  return `${formatFields("  ", fields, width)}${formatFields("    ", [...annotations])}`;
}

function describePlatform({ platform }: Descriptor): Field[] {
  if (!platform) return [];
  const { os, architecture, variant, osVersion, osFeatures } = platform;
  return [
    ["Platform", [os, architecture, ...(variant ? [variant] : [])].join("/")],
    ...(osVersion ? ([["OSVersion", osVersion]] as const) : []),
    ...(osFeatures?.length ? ([["OSFeatures", osFeatures.join(", ")]] as const) : []),
  ];
}

/** Values in one column, as Go's tabwriter puts them. */
function formatFields(indent: string, fields: readonly Field[], width?: number): string {
  const column = width ?? Math.max(...fields.map(([key]) => widthOf(key)));
  return fields
    .map(([key, value]) =>
      `${indent}${`${printable(key)}:`.padEnd(column)}${printable(value, 1000)}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function widthOf(key: string): number {
  return key.length + ": ".length;
}
