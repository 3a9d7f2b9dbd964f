import { nameFew } from "../../content/name-few.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { Entries } from "../index/entries.ts";

interface LookAlike {
  readonly matches: (entries: Entries, notes: readonly string[]) => boolean;
  readonly what: string;
  readonly hint: (entries: Entries) => string;
}

const resave =
  "Save the image itself: docker save -o images.tar NAME..., or podman save --multi-image-archive.";

const registryTree = /(?:^|\/)docker\/registry\/v2\//;

/** The first that fits is named (archives.md 3.13). */
const lookAlikes: readonly LookAlike[] = [
  {
    matches: ({ names }, notes) => names.length === 0 && notes.some((note) => note.startsWith('left out "/')),
    what: "its names are absolute, as tar -P writes them",
    hint: () => "Write it again from within its folder: tar -cf images.tar -C FOLDER .",
  },
  {
    matches: (entries) => entries.names.length === 0,
    what: "it is an empty tar",
    hint: () => "The program that wrote it failed: write it again.",
  },
  {
    matches: (entries) =>
      some(entries, /^(?:blobs\/sha256\/|sha256:)?[0-9a-f]{64}(?:\.json|\.tar(?:\.gz)?)?$/),
    what: "it ends before its manifest.json or index.json, which come last",
    hint: () => "It was cut short: copy or download it again, and compare its checksum.",
  },
  {
    matches: (entries) => some(entries, /^[0-9a-f]{64}\/layer\.tar$/) || entries.has("repositories"),
    what: "it has no manifest.json: it was saved by Docker 1.9 or older, or cut short",
    hint: () => "Load it with Docker 1.10 to 28 and save it again, or copy it again.",
  },
  {
    matches: (entries) => some(entries, /^(?:\.\/)?(?:images|charts)\.yaml$/) && some(entries, registryTree),
    what: "it is a mindthegap bundle, a registry's own storage beside its images.yaml or charts.yaml",
    hint: () => "Load it with mindthegap push bundle --bundle FILE --to-registry REGISTRY.",
  },
  {
    matches: (entries) => some(entries, /^(?:working-dir|publish)\//) && some(entries, registryTree),
    what: "it is an oc-mirror image set, a registry's own storage, without a tag in it",
    hint: () =>
      "Put all mirror_*.tar of the set into one folder and load that, or use oc-mirror --from FOLDER docker://REGISTRY.",
  },
  {
    matches: (entries) => some(entries, registryTree),
    what: "it is a registry's own storage, without a tag in it",
    hint: () =>
      "If it is mirror_000002.tar or a later one of oc-mirror, put all of the set into one folder and load that. Else unpack it, serve it with a registry whose storage folder it is, and use airgap-load sync.",
  },
  {
    matches: (entries) => some(entries, /(?:^|\/)io\.containerd\.content\.v1\.content\//),
    what: "it is containerd's own storage, whose names are in a database",
    hint: () => "Export the images from it: ctr -n k8s.io images export images.tar NAME...",
  },
  {
    matches: (entries) => some(entries, /(?:^|\/)images\/blobs\/sha256:[0-9a-f]{64}$/),
    what: "it is an artifact of KubeKey 4, which is not read here",
    hint: () => "Let KubeKey push it, or save its images with docker save or skopeo sync.",
  },
  {
    matches: (entries) => some(entries, /^[^/]+\/Chart\.yaml$/),
    what: "it is a Helm chart",
    hint: () => "Push it with helm push FILE oci://REGISTRY/PATH.",
  },
  {
    matches: (entries) => innerArchives(entries).length > 0,
    what: "it is a tar with archives inside, in none of which images were found",
    hint: (entries) => `Unpack it, and see what is inside: ${nameFew(innerArchives(entries))}.`,
  },
  {
    matches: (entries) => some(entries, /^(?:etc|usr|bin|lib|var|Files)\//),
    what: "it is a root filesystem, without an image's config, as docker export and buildx type=tar write it",
    hint: () => resave,
  },
];

/** Says what a tar without `manifest.json` and `index.json` is, and what to do about it; `notes` are those of its scan. */
export function refuseLookAlike(entries: Entries, notes: readonly string[] = []): AirgapError {
  const found = lookAlikes.find(({ matches }) => matches(entries, notes));
  const what = found?.what ?? "it has neither manifest.json nor index.json, so it is not an image archive";
  return new AirgapError("ARCHIVE_UNSUPPORTED", `Cannot read archive: ${what}`, {
    hint: found?.hint(entries) ?? resave,
  });
}

function some(entries: Entries, name: RegExp): boolean {
  return entries.names.some((key) => name.test(key));
}

function innerArchives(entries: Entries): string[] {
  const names = entries.names.filter((name) => /\.(?:tar|tgz|tar\.(?:gz|zst|xz|bz2|lz4))$/.test(name));
  return names.map((name) => printable(name));
}
