import type { Store } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import { formatTarget } from "../report/target-name.ts";
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
  title: string,
  platforms: readonly Platform[],
  required: readonly Platform[],
): void {
  const lacking = listLacking(platforms, required);
  if (lacking) throw requirementFailed(`Cannot publish "${title}": it would lack ${lacking}`);
}

/**
 * Throws `REQUIRED_PLATFORM_MISSING` for all lists at once, before anything is sent: what stays of a list in the registry
 * is looked up, and a doubt about it comes up later, with its list. Without a store only the archives count.
 */
export async function checkAllRequired(
  lists: readonly PlannedList[],
  store: Store | undefined,
  options: RequireOptions,
): Promise<void> {
  if (options.require.length === 0) return;
  const lines = await Promise.all(
    lists.map(async (list) => {
      const ours = list.entries.map(({ image }) => image.platform);
      const lacking = listLacking(
        [...ours, ...(await foreseeKept(list, store, options)).map(({ platform }) => platform)],
        options.require,
      );
      return lacking ? [`  - "${formatTarget(list.target)}" would lack ${lacking}`] : [];
    }),
  );
  const lacking = lines.flat();
  if (lacking.length > 0) {
    throw requirementFailed(["Cannot publish with --require, and nothing was sent:", ...lacking]);
  }
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

function listLacking(platforms: readonly Platform[], required: readonly Platform[]): string {
  const have = new Set(platforms.map(platformKey));
  return required
    .filter((platform) => !have.has(platformKey(platform)))
    .map(formatPlatform)
    .join(", ");
}

function requirementFailed(message: string | readonly string[]): AirgapError {
  return new AirgapError("REQUIRED_PLATFORM_MISSING", message, {
    exit: "partial",
    hint: "Add the archive that has it, or take the platform out of --require.",
  });
}
