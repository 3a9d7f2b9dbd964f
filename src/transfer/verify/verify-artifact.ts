import { titleTarget } from "../report/target-name.ts";
import type { OpenableBlob, Repository } from "../../content/repository.ts";
import { isDigest, shortDigest } from "../../oci/digest.ts";
import { unknownPlatform } from "../../oci/platform.ts";
import { formatReference } from "../../oci/reference.ts";
import type { PlannedArtifact } from "../plan/plan-artifacts.ts";
import { measureBlobs } from "../report/blob-task.ts";
import { countRead, tellProblem, type VerifyOptions } from "./verify-image.ts";
import type { StartedCheck, VerifiedList } from "./verified-list.ts";

/** What there is to be read of a signature or the like, and what checks it. */
export function startArtifact(
  planned: PlannedArtifact,
  repository: Repository,
  options: VerifyOptions,
): StartedCheck {
  const blobs = options.inspectLayer ? planned.artifact.blobs.map(({ descriptor }) => descriptor) : [];
  return { parts: measureBlobs(blobs), finish: () => verifyArtifact(planned, repository, options) };
}

/** Checks that a signature or the like is under its tag as the archive has it, and complete. */
async function verifyArtifact(
  { source, target, artifact, subject }: PlannedArtifact,
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedList> {
  const wanted = artifact.manifest.descriptor.digest;
  const there = await repository.resolve(target.tag, options.signal);
  const problems: string[] = [];
  if (!there) problems.push(isDigest(target.tag) ? "it is not there" : "there is no such tag");
  else if (there.digest !== wanted) problems.push(`it is not that of the archive, ${shortDigest(wanted)}`);
  else {
    for (const blob of artifact.blobs) problems.push(...(await findBlobProblem(blob, repository, options)));
  }
  for (const { descriptor } of artifact.parts ?? []) {
    if (!(await repository.resolve(descriptor.digest, options.signal))) {
      problems.push(`its manifest ${shortDigest(descriptor.digest)} is not there`);
    }
  }
  if (subject && artifact.manifest.subject?.digest === subject) {
    const listed = await repository.listReferrers(subject, options.signal);
    if (!listed.some(({ digest }) => digest === wanted)) {
      problems.push(`it is not listed as what refers to ${shortDigest(subject)}`);
    }
  }
  const found = there ? { digest: there.digest } : {};
  const image = { platform: unknownPlatform, problems, notes: [], ...found };
  const title = titleTarget(repository.title, target.tag);
  return { source: formatReference(source), title, ...found, images: [image] };
}

/** Why a blob of the archives is not as it should be, or nothing. */
export async function findBlobProblem(
  { descriptor }: OpenableBlob,
  repository: Repository,
  { inspectLayer, task, signal }: VerifyOptions,
): Promise<string[]> {
  const name = `its blob ${shortDigest(descriptor.digest)}`;
  if (!(await repository.hasBlob(descriptor, signal))) return [`${name} is not there`];
  if (!inspectLayer) return [];
  const problem = await tellProblem(async () => {
    for await (const _ of countRead(repository.fetchBlob(descriptor, signal), task));
  }, signal);
  return problem === undefined ? [] : [`${name} cannot be read: ${problem}`];
}
