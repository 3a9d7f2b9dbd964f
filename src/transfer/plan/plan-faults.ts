import type { SourceFault } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { shortDigest } from "../../oci/digest.ts";
import type { Reference } from "../../oci/reference.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { isImageIDOf } from "../../oci/image-id.ts";
import { nameTarget, type NamingOptions } from "./name-target.ts";
import type { ImageOptions } from "./plan-image.ts";
import type { GivenSource } from "./planned-image.ts";
import { readNames } from "./read-names.ts";
import type { WantedNames } from "./wanted-names.ts";
import type { Notice } from "../../content/notice.ts";

/** A name that is asked for and cannot be published. */
export interface PlannedFailure {
  readonly source: Reference;
  readonly target: TargetName;
  readonly error: AirgapError;
}

/** What the archives' faults come to. */
export interface PlannedFaults {
  /** By target; the first fault of each. */
  readonly failures: ReadonlyMap<string, PlannedFailure>;
  /** Damage of what is asked for: nothing is published. */
  readonly damage: readonly AirgapError[];
  readonly warnings: readonly Notice[];
}

/** Judges what cannot be used, as far as it is asked for: an item without a name is asked for where there is no image list. */
export function planFaults(
  sources: readonly GivenSource[],
  options: ImageOptions & NamingOptions,
  wanted?: WantedNames,
): PlannedFaults {
  const failures = new Map<string, PlannedFailure>();
  const damage = new Map<string, AirgapError>();
  const warnings: Notice[] = [];
  for (const fault of sources.flatMap(({ source }) => source.faults)) {
    const { error, isDamage, digest } = fault;
    const { references } = readNames(namesOf(fault, options), wanted, digest ? [digest] : []);
    const isAsked = references.length > 0 || (!wanted && fault.names.length === 0);
    if (isDamage && isAsked) damage.set(error.message, error);
    if (isDamage || !isAsked) continue;
    if (references.length === 0) warnings.push(sayUnnamedFault(fault));
    for (const source of references) {
      const target = nameTarget(source, options);
      const key = formatTarget(target);
      if (!failures.has(key)) failures.set(key, { source, target, error });
    }
  }
  return { failures, damage: [...damage.values()], warnings };
}

function namesOf({ names, digest }: SourceFault, options: ImageOptions): readonly string[] {
  const given = [...options.names].find(([id]) => digest !== undefined && isImageIDOf(id, digest));
  return given ? [given[1]] : names;
}

function sayUnnamedFault({ digest, error }: SourceFault): Notice {
  const id = digest ? ` ${shortDigest(digest)}` : "";
  return {
    severity: "warning",
    text: `skipped image${id}, which has no name: ${error.message.replace(/^C/, "c")}`,
  };
}

/** One error for all; the code, exit code and hint of the first. */
export function joinErrors(errors: readonly AirgapError[]): AirgapError {
  const [first, ...others] = errors as [AirgapError, ...AirgapError[]];
  if (others.length === 0) return first;
  const lines = errors.map(({ message }) => `  - ${message}`);
  const hints = [...new Set(errors.flatMap(({ hint }) => hint ?? []))];
  return new AirgapError(first.code, [`Cannot use these archives, for ${errors.length} reasons:`, ...lines], {
    exit: first.exit,
    ...(hints.length ? { hint: hints } : {}),
    cause: first,
  });
}
