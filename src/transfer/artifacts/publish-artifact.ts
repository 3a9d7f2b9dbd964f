import { type Digest, shortDigest } from "../../oci/digest.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import type { Repository } from "../../content/repository.ts";
import type { PlannedArtifact } from "../plan/plan-artifacts.ts";
import { compareTag } from "../report/outcome.ts";
import type { ListReport } from "../report/report.ts";
import { readBack, type ReadBackOptions } from "../graph/read-back.ts";
import { listUnderTag } from "../graph/list-under-tag.ts";
import { pushOnce } from "../graph/push-once.ts";
import { uploadBlob, type UploadBlobOptions } from "../graph/upload-blob.ts";
import type { Notice } from "../../content/notice.ts";

export type BecameOfTag = Pick<ListReport, "outcome" | "previous">;

/** What publishing an artifact does to its tag; without a store all is new. */
export async function foreseeArtifact(
  { artifact, target }: PlannedArtifact,
  repository: Repository | undefined,
  signal?: AbortSignal,
): Promise<BecameOfTag> {
  const before = await repository?.resolve(target.tag, signal);
  return compareTag(before?.digest, artifact.manifest.descriptor.digest);
}

/**
 * Carries a manifest that is no image to its own tag or digest, byte for byte and without a list, and has one that names
 * its subject listed as what refers to it (decision 13). Gives nothing where its subject is not there: it stays behind.
 */
export async function publishArtifact(
  planned: PlannedArtifact,
  repository: Repository,
  options: UploadBlobOptions & ReadBackOptions,
): Promise<BecameOfTag | undefined> {
  const { artifact, target, subject } = planned;
  if (subject && !(await repository.resolve(subject, options.signal))) {
    options.onNotice(sayNotFollowed(target, subject));
    return undefined;
  }
  const became = await foreseeArtifact(planned, repository, options.signal);
  for (const blob of artifact.blobs) await uploadBlob(blob, repository, options);
  for (const part of artifact.parts ?? []) {
    await pushOnce(repository, part.descriptor.digest, part, options.signal);
  }
  await pushOnce(repository, target.tag, artifact.manifest, options.signal);
  await readBack(repository, target.tag, artifact.manifest, options);
  if (subject && artifact.manifest.subject?.digest === subject) {
    await listUnderTag(subject, [artifact.manifest], repository, options.signal);
  }
  return became;
}

/** A list that was merged with one in the registry is another one than was signed. */
function sayNotFollowed(target: TargetName, subject: Digest): Notice {
  const text = `stays behind, since ${shortDigest(subject)}, which it refers to, was not published: another digest was`;
  return { severity: "warning", subject: formatTarget(target), text };
}
