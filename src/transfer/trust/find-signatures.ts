import type { SourceArtifact } from "../../content/image-source.ts";
import type { Repository } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest } from "../../oci/manifest.ts";
import { cosignTag } from "../../oci/subject-tags.ts";
import { findManifest } from "../graph/find-manifest.ts";
import type { GivenSource } from "../plan/planned-image.ts";
import { isSignature } from "./read-signatures.ts";

/** Gives all that says that it signs a digest, whoever put it there. */
export type FindSignatures = (subject: Digest, signal?: AbortSignal) => Promise<readonly SourceArtifact[]>;

/** Nobody signs one image more often; what comes behind is not looked at. */
const maxHolders = 256;

/** Whether a manifest holds signatures of images. */
export function holdsSignatures(manifest: Manifest | ImageIndex): manifest is Manifest {
  if (manifest.kind !== "manifest") return false;
  return manifest.layers.some(isSignature);
}

/** Those that archives hold. */
export function findInArchives(sources: readonly Pick<GivenSource, "source">[]): FindSignatures {
  const referrers = sources
    .flatMap(({ source }) => source.referrers)
    .filter(({ manifest }) => holdsSignatures(manifest));
  return async (subject) => referrers.filter((each) => each.subject === subject).slice(0, maxHolders);
}

/** Those that a repository has: under cosign's tag, and those that it lists as referrers. */
export function findInRepository(repository: Repository): FindSignatures {
  return async (subject, signal) => {
    const listed = await repository.listReferrers(subject, signal);
    const references = [cosignTag(subject, "sig"), ...listed.map(({ digest }) => digest)];
    const found: SourceArtifact[] = [];
    for (const reference of references.slice(0, maxHolders)) {
      const manifest = await findManifest(repository, reference, signal);
      if (manifest?.kind === "manifest" && isAbout(manifest, subject, reference)) {
        found.push(withBlobs(manifest, repository));
      }
    }
    return found;
  };
}

/** Cosign's tag stands for naming the subject; what a registry lists is believed where it says so itself. */
function isAbout(manifest: Manifest | ImageIndex, subject: Digest, reference: string): boolean {
  const isTagged = reference === cosignTag(subject, "sig");
  return holdsSignatures(manifest) && (isTagged || manifest.subject?.digest === subject);
}

function withBlobs(manifest: Manifest, repository: Repository): SourceArtifact {
  const blobs = manifest.layers.map((descriptor) => ({
    descriptor,
    open: (signal?: AbortSignal) => repository.fetchBlob(descriptor, signal),
  }));
  return { manifest, blobs };
}
