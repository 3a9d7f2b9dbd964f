import type { Manifest } from "../../oci/manifest.ts";
import { isPinned, isVerbatim } from "./compose-root.ts";
import { keepEntries } from "./keep-entries.ts";
import { chooseFamily } from "./manifest-format.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { PreparedList, PublishOptions, StagedList } from "./staged-list.ts";
import { publishManifest } from "../graph/publish-manifest.ts";
import { pushOnce } from "../graph/push-once.ts";
import { uploadBlob } from "../graph/upload-blob.ts";
import { manifestOf } from "./upload-image.ts";

/** Settles what stays of the list in the registry, then pushes every child's manifest under its digest. */
export async function stageList(prepared: PreparedList, options: PublishOptions): Promise<StagedList> {
  const kept = await keepEntries(prepared, prepared.first.existing, options);
  const family = chooseFamily(prepared, kept, options.format);
  const pushed = new Map<PlannedEntry, Manifest>();
  for (const [entry, child] of prepared.children) {
    const manifest = child.kind === "found" ? child.manifest : manifestOf(entry.image, child.image, family);
    await pushOnce(prepared.repository, manifest.descriptor.digest, manifest, options.signal);
    pushed.set(entry, manifest);
  }
  const { list, repository } = prepared;
  const asked = isPinned(list) ? list.verbatim?.index : undefined;
  if (await isVerbatim(list, asked ? [] : kept, repository, options.signal)) {
    await pushAttestations(prepared, options);
    // Under its tag there may be another one, with what was kept.
    if (asked && asked.descriptor.digest !== list.target.tag) {
      await publishManifest(repository, asked.descriptor.digest, asked, options);
    }
  }
  return { ...prepared, pushed };
}

async function pushAttestations({ list, repository }: PreparedList, options: PublishOptions): Promise<void> {
  for (const { manifest, blobs } of list.verbatim?.attestations ?? []) {
    for (const blob of blobs) await uploadBlob(blob, repository, options);
    await pushOnce(repository, manifest.descriptor.digest, manifest, options.signal);
  }
}
