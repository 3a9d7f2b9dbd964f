import type { Repository } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";

/** What a reference names, for whoever would tell that nothing is there: HEAD may say so where GET has it (Nexus 3.2). */
export async function resolveSurely(
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  return (
    (await repository.resolve(reference, signal)) ??
    (await repository.fetchManifest(reference, signal))?.descriptor
  );
}
