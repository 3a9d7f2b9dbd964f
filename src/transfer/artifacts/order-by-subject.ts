import { groupBy } from "../../content/group-by.ts";
import type { Digest } from "../../oci/digest.ts";
import type { PlannedArtifact } from "../plan/plan-artifacts.ts";

/**
 * Artifacts in waves, of which each needs nothing but those before it, and in groups that may go up at the same time: what
 * refers to one subject is one group.
 */
export function orderBySubject(
  artifacts: readonly PlannedArtifact[],
): readonly (readonly (readonly PlannedArtifact[])[])[] {
  const left = countByDigest(artifacts);
  const isReady = ({ subject }: PlannedArtifact): boolean => subject === undefined || !left.has(subject);
  const following = groupBy(
    artifacts.filter((artifact) => !isReady(artifact)),
    ({ subject }) => subject,
  );
  const waves: PlannedArtifact[][][] = [];
  for (let wave = artifacts.filter(isReady); wave.length > 0;) {
    waves.push(inGroups(wave));
    const complete = wave.map(digestOf).filter((digest) => {
      const others = (left.get(digest) ?? 0) - 1;
      left.set(digest, others);
      return others === 0;
    });
    wave = complete.flatMap((digest) => following.get(digest) ?? []);
    for (const digest of complete) following.delete(digest);
  }
  // No content can name itself by its digest, but tags may say that two signatures are each the other's.
  const rest = [...following.values()].flat();
  return rest.length > 0 ? [...waves, inGroups(rest)] : waves;
}

function countByDigest(artifacts: readonly PlannedArtifact[]): Map<Digest, number> {
  const counts = new Map<Digest, number>();
  for (const digest of artifacts.map(digestOf)) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}

function digestOf({ artifact }: PlannedArtifact): Digest {
  return artifact.manifest.descriptor.digest;
}

function inGroups(wave: readonly PlannedArtifact[]): PlannedArtifact[][] {
  const groups = groupBy(wave, ({ target, subject }) => `${target.repository} ${subject ?? target.tag}`);
  return [...groups.values()];
}
