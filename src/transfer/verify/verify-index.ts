import type { Descriptor } from "../../oci/descriptor.ts";
import type { Repository } from "../../content/repository.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import { unknownPlatform } from "../../oci/platform.ts";
import type { PlannedIndex } from "../plan/choose-root.ts";
import { findBlobProblem } from "./verify-artifact.ts";
import type { VerifiedImage, VerifyOptions } from "./verify-image.ts";

/**
 * Checks that the archives' own index is what the tag names, where they have all of it, that what it lists beside images is
 * there, and the index itself where it is asked for by its digest. Only what is wrong is told.
 */
export async function verifyIndex(
  { index, attestations, absent }: PlannedIndex,
  pins: readonly Digest[],
  there: Digest | undefined,
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedImage[]> {
  const { digest } = index.descriptor;
  const isPinned = pins.includes(digest) && (await areThere(absent, repository, options));
  if (!there || (absent.length > 0 && there !== digest && !isPinned)) return [];
  const problems: string[] = [];
  if (there !== digest && absent.length === 0) {
    problems.push(`the tag does not name the index of the archives, ${shortDigest(digest)}`);
  }
  if (isPinned && !(await repository.resolve(digest, options.signal))) {
    problems.push(`it is not there under its digest, ${digest}`);
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

/** What the archives lack of their index counts where the registry has it, as for a load. */
async function areThere(
  absent: readonly Descriptor[],
  repository: Repository,
  { signal }: VerifyOptions,
): Promise<boolean> {
  const found = await Promise.all(absent.map(({ digest }) => repository.resolve(digest, signal)));
  return found.every((each) => each !== undefined);
}
