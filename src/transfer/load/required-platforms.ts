import type { Store } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { type ExistingEntry, readExistingTag } from "./existing-tag.ts";
import { chooseKept } from "./merge-list.ts";
import type { OnExisting } from "../../content/option-words.ts";

export interface RequireOptions {
  readonly require: readonly Platform[];
  readonly onExisting: OnExisting;
  readonly signal?: AbortSignal;
}

/** Throws `REQUIRED_PLATFORM_MISSING` where a list would end without a platform of `--require`. */
export function checkRequired(
  target: TargetName,
  platforms: readonly Platform[],
  required: readonly Platform[],
): void {
  const lacking = findLacking(platforms, required);
  if (lacking.length > 0) throw sayLacking(target, lacking);
}

/**
 * The platforms of `--require` that each list would lack, for all lists at once, before anything is sent: what stays of a list
 * in the registry is looked up, and a doubt about it comes up later, with its list. Without a store only the archives count.
 */
export async function findAllLacking(
  lists: readonly PlannedList[],
  store: Store | undefined,
  options: RequireOptions,
): Promise<ReadonlyMap<PlannedList, readonly Platform[]>> {
  if (options.require.length === 0) return new Map();
  const found = await Promise.all(
    lists.map(async (list) => {
      const ours = list.entries.map(({ image }) => image.platform);
      const kept = await foreseeKept(list, store, options);
      const all = [...ours, ...kept.map(({ platform }) => platform)];
      return [list, findLacking(all, options.require)] as const;
    }),
  );
  return new Map(found.filter(([, lacking]) => lacking.length > 0));
}

/** Why a list is not published: it would lack platforms, or others of the run would, which then sends nothing. */
export function sayLacking(target: TargetName, lacking: readonly Platform[]): AirgapError {
  const why = lacking.length
    ? `it would lack ${lacking.map(formatPlatform).join(", ")}`
    : "others would lack platforms of --require, and then nothing is sent";
  return new AirgapError("REQUIRED_PLATFORM_MISSING", `Cannot publish "${formatTarget(target)}": ${why}`, {
    exit: "partial",
    hint: "Add the archive that has it, or take the platform out of --require.",
  });
}

/** What of the list in the registry will stay beside ours, as far as can be told before anything is sent. */
export async function foreseeKept(
  { target, entries }: PlannedList,
  store: Store | undefined,
  { onExisting, signal }: Pick<RequireOptions, "onExisting" | "signal">,
): Promise<readonly ExistingEntry[]> {
  const repository = store?.repository(target.repository);
  const existing = repository && (await readExistingTag(repository, target.tag, signal));
  const ours = entries.map(({ image }) => image.platform);
  return chooseKept(existing, ours, onExisting, new Map()).kept;
}

function findLacking(platforms: readonly Platform[], required: readonly Platform[]): Platform[] {
  const have = new Set(platforms.map(platformKey));
  return required.filter((platform) => !have.has(platformKey(platform)));
}
