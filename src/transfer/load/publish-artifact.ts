import type { Repository } from "../../content/repository.ts";
import type { PlannedArtifact } from "../plan/plan-artifacts.ts";
import type { ListReport } from "../report/report.ts";
import { readBack, type ReadBackOptions } from "../graph/read-back.ts";
import { pushOnce } from "../graph/push-once.ts";
import { type UploadOptions } from "./upload-image.ts";
import { uploadBlob } from "../graph/upload-blob.ts";

/** What publishing an artifact does to its tag; without a store all is new. */
export async function foreseeArtifact(
  { artifact, target }: PlannedArtifact,
  repository: Repository | undefined,
  signal?: AbortSignal,
): Promise<Pick<ListReport, "outcome" | "previous">> {
  const before = await repository?.resolve(target.tag, signal);
  if (!before) return { outcome: "pushed" };
  if (before.digest === artifact.manifest.descriptor.digest) return { outcome: "unchanged" };
  return { outcome: "replaced", previous: before.digest };
}

/** Carries a signature or the like to its own tag, byte for byte and without a list (decision 13). */
export async function publishArtifact(
  { artifact, target }: PlannedArtifact,
  repository: Repository,
  options: UploadOptions & ReadBackOptions,
): Promise<void> {
  for (const blob of artifact.blobs) await uploadBlob(blob, repository, options);
  await pushOnce(repository, target.tag, artifact.manifest, options.signal);
  await readBack(repository, target.tag, artifact.manifest, options);
}
