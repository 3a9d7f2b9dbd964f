import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { familyOf } from "../../oci/media-type.ts";
import { FamilyRefused } from "../format/family-refused.ts";
import { convertManifest } from "../format/convert-manifest.ts";
import { isAlone, isPinned, isVerbatim } from "./compose-root.ts";
import { keepEntries } from "./keep-entries.ts";
import { checkPreserved, chooseFamily, settleFamily } from "./list-family.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { PreparedList, PublishOptions, StagedList } from "./staged-list.ts";
import { publishManifest } from "../graph/publish-manifest.ts";
import { pushOnce } from "../graph/push-once.ts";
import { uploadBlob } from "../graph/upload-blob.ts";
import { manifestOf } from "./upload-image.ts";

/**
 * Settles what stays of the list in the registry, then pushes every child's manifest under its digest. One that goes under the
 * name itself is pushed there alone: Nexus may refuse it a second time.
 */
export async function stageList(given: PreparedList, options: PublishOptions): Promise<StagedList> {
  const { list, changed } = await settleFamily(given, options);
  const prepared = { ...given, list };
  const kept = await keepEntries(prepared, prepared.first.existing, options);
  await checkPreserved(prepared, kept, options);
  const family = chooseFamily(prepared, kept, options);
  const pushed = new Map<PlannedEntry, Manifest>();
  for (const [entry, child] of prepared.children) {
    const own = child.kind === "found" ? child.manifest : manifestOf(entry.image, child.image, family);
    const manifest = changed.get(own.descriptor.digest) ?? inFormat(entry, own, options);
    pushed.set(entry, manifest);
  }
  const { repository } = prepared;
  if (!isAlone(list, kept)) await pushChildren(repository, pushed.values(), options.signal);
  const asked = isPinned(list) ? list.verbatim?.index : undefined;
  if (await isVerbatim(list, asked ? [] : kept, repository, options.signal)) {
    await pushAttestations(prepared, [...pushed.values()], options);
    // Under its tag there may be another one, with what was kept.
    if (asked && asked.descriptor.digest !== list.target.tag) {
      await publishManifest(repository, asked.descriptor.digest, asked, options);
    }
  }
  return { ...prepared, pushed };
}

/** Puts images that a list is about to name under their digests. */
export async function pushChildren(
  repository: Repository,
  manifests: Iterable<Manifest>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const manifest of manifests) await pushOnce(repository, manifest.descriptor.digest, manifest, signal);
}

/** What was changed anyway has no digest to keep. */
function inFormat({ image }: PlannedEntry, manifest: Manifest, { format }: PublishOptions): Manifest {
  if (format === "auto" || image.keepsManifest) return manifest;
  return convertManifest(manifest, format) ?? manifest;
}

async function pushAttestations(
  { list, repository }: PreparedList,
  pushed: readonly Manifest[],
  options: PublishOptions,
): Promise<void> {
  for (const { manifest, blobs } of list.verbatim?.attestations ?? []) {
    for (const blob of blobs) await uploadBlob(blob, repository, options);
    try {
      await pushOnce(repository, manifest.descriptor.digest, manifest, options.signal);
    } catch (error) {
      const isFamily = !pushed.some(({ descriptor }) => isSameFamily(descriptor, manifest.descriptor));
      throw error instanceof FamilyRefused && !isFamily ? explainAttestation(error) : error;
    }
  }
}

function isSameFamily(one: Descriptor, other: Descriptor): boolean {
  return familyOf(one.mediaType) === familyOf(other.mediaType);
}

/** A registry that takes the images refuses not their family, but what attestations are. */
function explainAttestation(error: FamilyRefused): AirgapError {
  const hint =
    "The registry takes the images, and no attestations: leave those behind with --drop-attestations.";
  return new AirgapError("ATTESTATION_REFUSED", error.message, { exit: error.exit, hint, cause: error });
}
