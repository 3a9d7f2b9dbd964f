import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What samples/expected.json, written by another program, says of one image of an archive. */
export interface ExpectedImage {
  readonly names: readonly string[];
  /** Digest of the image's own manifest, where the archive has manifests. */
  readonly manifest?: string;
  readonly config: string;
  /** The platform that the config claims, which may be a lie. */
  readonly claimed: string;
  readonly diffIDs: readonly string[];
  /** Binaries in its layers by architecture. */
  readonly elf: Readonly<Record<string, number>>;
  readonly layersCompressed: readonly boolean[];
}

const folder = new URL("../../../samples/", import.meta.url);
const expected = new Map<string, readonly ExpectedImage[]>(
  Object.entries(JSON.parse(readFileSync(new URL("expected.json", folder), "utf8"))),
);

/** The path of a file of samples/: `k3s8/docker20/sha256sum.txt`. */
export function samplePath(name: string): string {
  return fileURLToPath(new URL(name, folder));
}

/** Every archive of samples/, as its path within. */
export const sampleNames: readonly string[] = [...expected.keys()];

/** The images that are in an archive of samples/. */
export function expectedImages(archive: string): readonly ExpectedImage[] {
  const images = expected.get(archive);
  if (images === undefined) throw new Error(`samples/expected.json does not know ${archive}`);
  return images;
}
