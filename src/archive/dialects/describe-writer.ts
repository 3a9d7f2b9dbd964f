import type { SourceImage } from "../../content/image-source.ts";
import type { Entries } from "../index/entry-map.ts";

interface Form {
  readonly writer: string;
  readonly marks: readonly RegExp[];
}

const manifest = /^manifest\.json$/;
const index = /^index\.json$/;

/** What only certain writers leave behind, the most telling first (archives.md 3). */
const forms: readonly Form[] = [
  { writer: "skopeo, as dir:", marks: [index, /^version$/] },
  { writer: "containerd: Docker's containerd image store, ctr or nerdctl", marks: [manifest, index] },
  { writer: "crane, kaniko or ko", marks: [manifest, /^sha256:[0-9a-f]{64}$/] },
  { writer: "Jib", marks: [manifest, /^config\.json$/] },
  { writer: "podman or skopeo", marks: [manifest, /^[0-9a-f]{64}\.tar$/] },
  { writer: "Docker 1.10-24", marks: [manifest, /^[0-9a-f]{64}\/VERSION$/] },
  { writer: "Bazel's rules_oci", marks: [manifest, /^blobs\/sha256\//] },
  { writer: "Nix", marks: [manifest, /\/layer\.tar$/] },
  { writer: "a docker save look-alike", marks: [manifest] },
  { writer: "an OCI layout: skopeo, podman, BuildKit or k0s", marks: [index] },
];

/** Who wrote an archive, as far as its form tells, for people. */
export function describeWriter(entries: Entries, images: readonly SourceImage[]): string {
  const hasOwnManifests = images.every((image) => image.manifest);
  if (entries.has("manifest.json") && entries.has("index.json") && !hasOwnManifests) return "Docker 25-28";
  const names = [...entries.keys()];
  return (
    forms.find(({ marks }) => marks.every((mark) => names.some((name) => mark.test(name))))?.writer ??
    "unknown"
  );
}
