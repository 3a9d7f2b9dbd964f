import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { readDockerImages } from "../images/docker-archive.ts";
import { readIndexJson } from "../images/index-json.ts";
import { mergeImages } from "../images/merge-images.ts";
import { repositoryAnnotation } from "../images/own-annotations.ts";
import { dashedDigest } from "../images/named-root.ts";
import { besideFile, type Dialect } from "./dialect.ts";

/**
 * A haul: an OCI layout whose entries tell their `kind`. Its `manifest.json` gives names without their hosts, and counts only
 * where `index.json` gives none (hauler, cmd/hauler/cli/store/save.go).
 */
export const hauler: Dialect = {
  title: "a haul of hauler",
  findFolder: besideFile("index.json"),

  async accepts(folder) {
    const roots = folder.entries.has("index.json") ? await readIndexJson(folder) : [];
    return roots.some(({ annotations }) => /\bhauler\b/.test(annotations?.get("kind") ?? ""));
  },

  async read(folder) {
    const roots = await readIndexJson(folder);
    const isNamed = roots.some(({ annotations }) => annotations?.has("io.containerd.image.name"));
    const haul = { ...folder, isWhole: true };
    return mergeImages(haul, isNamed ? [] : await readDockerImages(folder), roots.map(renamer(roots)));
  },

  nameWriter: () => "hauler",
};

const nameKey = "io.containerd.image.name";
/** What cosign's tags end with, by what hauler calls their kind. */
const endings = new Map([
  ["sigs", "sig"],
  ["atts", "att"],
  ["sboms", "sbom"],
]);

/** Hauler gives what belongs to an image the image's own name: a signature gets cosign's tag again, a referrer none. */
function renamer(roots: readonly Descriptor[]): (root: Descriptor) => Descriptor {
  const images = new Map<string | undefined, Digest>(
    roots.flatMap((root): [string | undefined, Digest][] =>
      companionKind(root) ? [] : [[root.annotations?.get(nameKey), root.digest]],
    ),
  );
  return (root) => {
    const kind = companionKind(root);
    if (kind === undefined) return root;
    const name = root.annotations?.get(nameKey);
    const [image, ending] = [images.get(name), endings.get(kind)];
    const annotations = new Map(root.annotations);
    if (name !== undefined) annotations.set(repositoryAnnotation, name);
    annotations.delete(nameKey);
    annotations.delete("org.opencontainers.image.ref.name");
    if (name !== undefined && image && ending) {
      annotations.set(nameKey, `${name.replace(/:[^/:]*$/, "")}:${dashedDigest(image)}.${ending}`);
    }
    return { ...root, annotations };
  };
}

/** `sigs` of `dev.hauler/sigs`; undefined for images, charts and files. */
function companionKind({ annotations }: Descriptor): string | undefined {
  return /^dev\.hauler\/(sigs|atts|sboms|referrers)\b/.exec(annotations?.get("kind") ?? "")?.[1];
}
