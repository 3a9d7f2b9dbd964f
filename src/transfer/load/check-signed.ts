import type { Repository, Store } from "../../content/repository.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { PlannedImage } from "../plan/planned-image.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { Plan } from "../plan/plan.ts";
import { formatTarget } from "../report/target-name.ts";
import { findInRepository, type FindSignatures } from "../trust/find-signatures.ts";
import { type DistrustedRoot, judgeRoot, refuseDistrusted, type TrustedRoot } from "../trust/judge-root.ts";
import type { SignedOptions } from "../trust/signed-options.ts";
import { isAlone, isVerbatim } from "./compose-root.ts";
import type { ExistingEntry } from "./existing-tag.ts";
import { foreseeKept } from "./required-platforms.ts";

/**
 * Throws `SIGNATURE_MISSING` or `SIGNATURE_INVALID` for all images at once that are not to be trusted, before anything is sent.
 * What is under a tag must be signed, or be a list that is made here, all of whose images are.
 */
export async function checkAllSigned(
  { lists, artifacts }: Plan,
  store: Store | undefined,
  options: SignedOptions,
): Promise<void> {
  const distrusted = await Promise.all([
    ...lists.map(async (list) => {
      const kept = await foreseeKept(list, store, options);
      return judgeList(list, kept, store?.repository(list.target.repository), options);
    }),
    ...artifacts
      .filter(({ subject }) => subject === undefined)
      .map(({ source, target, artifact: { manifest } }) => {
        const title = formatTarget(target);
        const subjects = [{ title, name: source, manifest, find: options.find }];
        return judgeRoot({ title, subjects }, options.trust, options.signal);
      }),
  ]);
  const error = refuseDistrusted(distrusted.flat());
  if (error) throw error;
}

/** The same for one list as it is about to be published: somebody may have changed what the registry has of it. */
export async function checkListSigned(
  list: PlannedList,
  kept: readonly ExistingEntry[],
  repository: Repository,
  options: SignedOptions,
): Promise<void> {
  const error = refuseDistrusted(await judgeList(list, kept, repository, options));
  if (error) throw error;
}

async function judgeList(
  list: PlannedList,
  kept: readonly ExistingEntry[],
  repository: Repository | undefined,
  options: SignedOptions,
): Promise<readonly DistrustedRoot[]> {
  const { trust, find, onNotice, signal } = options;
  const title = formatTarget(list.target);
  const whole = await findWhole(list, kept, repository, signal);
  if (whole) {
    return judgeRoot(
      { title, subjects: [{ title, name: list.source, manifest: whole, find }] },
      trust,
      signal,
    );
  }
  const distrusted = await judgeRoot(listParts(list, kept, repository, find), trust, signal);
  const text =
    "its list is made here and signed by nobody; each of its images was asked for its own signature";
  if (distrusted.length === 0) onNotice({ severity: "note", subject: title, text });
  return distrusted;
}

/** What goes under the tag as the archives have it. */
async function findWhole(
  list: PlannedList,
  kept: readonly ExistingEntry[],
  repository: Repository | undefined,
  signal?: AbortSignal,
): Promise<PublishedWhole> {
  if (isAlone(list, kept)) return list.entries[0]?.image.sourceImage.manifest;
  const { verbatim } = list;
  const isWhole = repository
    ? await isVerbatim(list, kept, repository, signal)
    : verbatim?.absent.length === 0;
  return isWhole ? verbatim?.index : undefined;
}

type PublishedWhole = TrustedRoot["subjects"][number]["manifest"];

/** What is kept of a list was let in before, and is asked again: its signatures are where it is. */
function listParts(
  { source: name, target, entries }: PlannedList,
  kept: readonly ExistingEntry[],
  repository: Repository | undefined,
  find: FindSignatures,
): TrustedRoot {
  const ours = entries.map(({ image }) => {
    const manifest = image.keepsManifest ? image.sourceImage.manifest : undefined;
    return { title: formatPlatform(image.platform), name, manifest, find, ...sayMade(image) };
  });
  const others = kept.map(({ platform, manifest }) => ({
    title: `${formatPlatform(platform)} of the list in the registry`,
    name,
    manifest,
    find: repository ? findInRepository(repository) : find,
  }));
  return { title: formatTarget(target), subjects: [...ours, ...others] };
}

function sayMade({ keepsManifest, sourceImage: { manifest } }: PlannedImage): { why?: string } {
  if (keepsManifest || !manifest) return {};
  return {
    why: `its manifest ${manifest.descriptor.digest} is changed here, so what is published is not what was signed: --fix-config never leaves it as it is`,
  };
}
