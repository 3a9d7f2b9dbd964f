import type { PlannedArtifact } from "../plan/plan-artifacts.ts";

/**
 * Artifacts in waves, of which each needs nothing but those before it, and in groups that may go up at the same time: what
 * refers to one subject is one group.
 */
export function orderBySubject(
  artifacts: readonly PlannedArtifact[],
): readonly (readonly (readonly PlannedArtifact[])[])[] {
  const waves: PlannedArtifact[][][] = [];
  let waiting = artifacts;
  while (waiting.length > 0) {
    const ahead = new Set(waiting.map(({ artifact }) => artifact.manifest.descriptor.digest));
    const ready = waiting.filter(({ subject }) => subject === undefined || !ahead.has(subject));
    // Nothing can name itself by its digest, so there is always something ready; were there not, all would be.
    const wave = ready.length > 0 ? ready : waiting;
    waves.push([...groupBySubject(wave).values()]);
    const done = new Set(wave);
    waiting = waiting.filter((artifact) => !done.has(artifact));
  }
  return waves;
}

function groupBySubject(artifacts: readonly PlannedArtifact[]): ReadonlyMap<string, PlannedArtifact[]> {
  const groups = new Map<string, PlannedArtifact[]>();
  for (const artifact of artifacts) {
    const { target, subject } = artifact;
    const key = `${target.repository} ${subject ?? target.tag}`;
    const group = groups.get(key);
    if (group) group.push(artifact);
    else groups.set(key, [artifact]);
  }
  return groups;
}
