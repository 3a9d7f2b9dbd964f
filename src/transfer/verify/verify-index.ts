import type { Repository } from "../../content/repository.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import { unknownPlatform } from "../../oci/platform.ts";
import type { PlannedIndex } from "../plan/choose-root.ts";
import { findBlobProblem } from "./verify-artifact.ts";
import type { VerifiedImage, VerifyOptions } from "./verify-image.ts";

/**
 * Checks that the archives' own index is what the tag names, where they have all of it, and that what it lists beside images
 * is there. Only what is wrong is told.
 */
export async function verifyIndex(
  { index, attestations, absent }: PlannedIndex,
  there: Digest | undefined,
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedImage[]> {
  if (absent.length > 0 || !there) return [];
  const { digest } = index.descriptor;
  const problems: string[] = [];
  if (there !== digest) {
    problems.push(`the tag does not name the index of the archives, ${shortDigest(digest)}`);
  }
  for (const { manifest, blobs } of attestations) {
    const name = `attestation ${shortDigest(manifest.descriptor.digest)}`;
    const found = await repository.resolve(manifest.descriptor.digest, options.signal);
    if (!found) problems.push(`its ${name} is not there`);
    else {
      for (const blob of blobs) {
        for (const problem of await findBlobProblem(blob, repository, options)) {
          problems.push(`of its ${name}, ${problem}`);
        }
      }
    }
  }
  return problems.length > 0 ? [{ platform: unknownPlatform, digest: there, problems, notes: [] }] : [];
}
