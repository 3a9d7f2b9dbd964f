import { join, resolve } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { printable } from "../../oci/printable.ts";
import { LayoutFiles, realFolder } from "./layout-files.ts";

/** How tools name what they put into a layout (image-spec, annotations.md; containerd, images/annotations.go). */
const nameAnnotations = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/**
 * Finds what `index.json` of an image layout names so, as it is written there, or all that it has where no name is given.
 * Throws `LAYOUT_INVALID`, and `IMAGE_NOT_FOUND` for none or several.
 */
export async function findRoot(directory: string, name: string | undefined): Promise<Descriptor> {
  const roots = await readRoots(directory);
  const named = roots.filter((root) => name === undefined || namesOf(root).includes(name));
  const [first, ...others] = named;
  if (first && others.every(({ digest }) => digest === first.digest)) return first;
  const names = [...new Set(roots.flatMap(namesOf))].join(", ");
  const which = name === undefined ? "want the name of one image" : `it has no image "${printable(name)}"`;
  throw new AirgapError(
    "IMAGE_NOT_FOUND",
    `Cannot choose an image of "oci:${directory}": ${which}, it has ${printable(names, 2000) || "none with a name"}`,
    { exit: name === undefined ? "usage" : "content", hint: "Name one: oci:FOLDER:NAME." },
  );
}

function namesOf({ annotations }: Descriptor): string[] {
  return nameAnnotations.flatMap((key) => annotations?.get(key) ?? []);
}

async function readRoots(directory: string): Promise<readonly Descriptor[]> {
  const what = `"${join(directory, "index.json")}"`;
  const root = await realFolder(resolve(directory));
  const bytes = await new LayoutFiles(root, root).read(join(root, "index.json"));
  if (!bytes) {
    throw new AirgapError("LAYOUT_INVALID", `Cannot read ${what}: it is no image layout`, {
      exit: "noInput",
    });
  }
  const index = parseManifest(bytes, what);
  return index.kind === "index" ? index.manifests : [];
}
