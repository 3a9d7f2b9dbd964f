import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex, parseDigest } from "../../oci/digest.ts";
import type { FileEntry } from "../index/archive-index.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** A descriptor of what a storage keeps under a name, or under none; its type is the content's own. */
export function namedRoot(
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  name: string | undefined,
): Descriptor {
  return {
    mediaType: "",
    digest,
    size,
    ...(name === undefined ? {} : { annotations: new Map([["io.containerd.image.name", name]]) }),
  };
}

/** The digest in a `link` file of a registry's storage; undefined for one that is empty. Throws `DIGEST_INVALID`. */
export async function readLink(archive: OpenedArchive, entry: FileEntry): Promise<Digest | undefined> {
  const text = Buffer.from(await archive.metadata.list(entry))
    .toString("latin1")
    .trim();
  return text === "" ? undefined : parseDigest(text);
}

/** `sha256-<hex>`, as file systems without colons have it. */
export function dashedDigest(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}`;
}
