import type { Entries } from "../index/entries.ts";
import { readDockerImages } from "../images/docker-archive.ts";
import { readIndexJson } from "../images/index-json.ts";
import { mergeImages } from "../images/merge-images.ts";
import { besideFile, type Dialect, matchWriter, type WriterForm } from "./dialect.ts";
import { isImageFolder } from "./image-folder.ts";

/** `docker save` and all that write like it; many put an OCI layout's `index.json` beside, which is read with it. */
export const dockerSave: Dialect = {
  title: "an archive of docker save",
  findFolder: besideFile("manifest.json"),
  accepts: ({ entries }) => Promise.resolve(isImageFolder(entries) || listsImages(entries)),
  read: async (folder) => mergeImages(folder, await readDockerImages(folder), await readIndexJson(folder)),

  nameWriter(entries, images) {
    const isMadeUp = images.some((image) => !image.manifest);
    if (entries.has("index.json") && isMadeUp) return "Docker 25-28";
    return matchWriter(entries, forms) ?? "a docker save look-alike";
  },
};

/** Whether a `manifest.json` is docker's, by its words: those of other programs list no layers. */
function listsImages(entries: Entries): boolean {
  const text = Buffer.from(entries.find("manifest.json")?.bytes ?? []).toString("latin1");
  return /^\s*\[/.test(text) && /"config"/i.test(text) && /"layers"/i.test(text);
}

const forms: readonly WriterForm[] = [
  { writer: "containerd: Docker's containerd image store, ctr or nerdctl", marks: [/^index\.json$/] },
  { writer: "crane, kaniko or ko", marks: [/^sha256:[0-9a-f]{64}$/] },
  { writer: "Jib", marks: [/^config\.json$/] },
  { writer: "podman or skopeo", marks: [/^[0-9a-f]{64}\.tar$/] },
  { writer: "Docker 1.10-24", marks: [/^[0-9a-f]{64}\/VERSION$/] },
  { writer: "Bazel's rules_oci", marks: [/^blobs\/sha256\//] },
  { writer: "Nix", marks: [/\/layer\.tar$/] },
];
