import type { SourceFault } from "../../content/image-source.ts";
import { AirgapError, asClause } from "../../oci/airgap-error.ts";
import { shortDigest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { shellWord } from "../../oci/shell-word.ts";
import { familiarReference, type Reference } from "../../oci/reference.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { isImageIDOf } from "../../oci/image-id.ts";
import { nameTarget, type NamingOptions } from "./name-target.ts";
import { type ImageOptions, namesOf } from "./plan-image.ts";
import type { GivenSource } from "./planned-image.ts";
import { readNames, suggestName } from "./read-names.ts";
import type { WantedNames } from "./wanted-names.ts";
import type { Notice } from "../../content/notice.ts";
import type { Steps } from "../../content/turns.ts";

/** A name that is asked for and cannot be published. */
export interface PlannedFailure {
  /** As people write it. */
  readonly name: string;
  /** None for a name that cannot be read. */
  readonly source?: Reference;
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
export function* planFaults(
  sources: readonly GivenSource[],
  options: ImageOptions & NamingOptions,
  wanted?: WantedNames,
): Steps<PlannedFaults> {
  const failures = new Map<string, PlannedFailure>();
  const damage = new Map<string, AirgapError>();
  const warnings: Notice[] = [];
  for (const fault of sources.flatMap(({ source }) => source.faults)) {
    yield;
    const { error, isDamage, digest } = fault;
    const { references } = readNames(namesOfFault(fault, options), wanted, digest ? [digest] : []);
    const isAsked = references.length > 0 || !wanted;
    if (isDamage && isAsked) damage.set(error.message, error);
    if (isDamage || !isAsked) continue;
    if (references.length === 0) warnings.push(sayUnnamedFault(fault));
    for (const source of references) {
      yield;
      const target = nameTarget(source, options);
      const key = formatTarget(target);
      if (!failures.has(key)) failures.set(key, { name: familiarReference(source), source, target, error });
    }
  }
  const unreadable = wanted ? [] : yield* listUnreadable(sources, options);
  for (const failure of unreadable) failures.set(failure.name, failure);
  return { failures, damage: [...damage.values()], warnings };
}

/** What has a name that nobody can pull it by, each name once, with an option for each image that gives it another. */
function* listUnreadable(
  sources: readonly GivenSource[],
  options: ImageOptions,
): Steps<readonly PlannedFailure[]> {
  const unreadable = new Map<string, Unreadable>();
  const add = (name: string, what: string, error: AirgapError, hint: readonly string[]): void => {
    const { remedies } = unreadable.get(name) ?? { remedies: hint.length ? ["Name it:"] : [] };
    remedies.push(...hint);
    unreadable.set(name, { what, error, remedies });
  };
  for (const { source } of sources) {
    for (const image of source.images) {
      yield;
      const id = shortDigest(image.config.digest);
      for (const { name, error } of readNames(namesOf(image, options), undefined, []).unreadable) {
        const option = `  --name ${shellWord(`${id}=${suggestName(name) ?? "NAME"}`)}`;
        add(name, `image ${id} in ${source.title}`, error, [option]);
      }
    }
    for (const { names, manifest } of source.artifacts) {
      yield;
      const what = `artifact ${shortDigest(manifest.descriptor.digest)} in ${source.title}`;
      for (const { name, error } of readNames(names, undefined, []).unreadable) add(name, what, error, []);
    }
  }
  return [...unreadable].map(([name, { what, error, remedies }]) =>
    failUnreadable(name, what, error, remedies),
  );
}

interface Unreadable {
  readonly what: string;
  readonly error: AirgapError;
  readonly remedies: string[];
}

function failUnreadable(name: string, what: string, cause: AirgapError, hint: string[]): PlannedFailure {
  const message = `Cannot publish ${what}: ${asClause(cause)}`;
  const error = new AirgapError(cause.code, message, {
    exit: "content",
    cause,
    ...(hint.length ? { hint } : {}),
  });
  const [, repository = "", tag = "latest"] = /^(.*?)(?::([^:/]*))?$/s.exec(name) ?? [];
  const target = { repository: printable(repository), tag: printable(tag) };
  return { name: printable(name), target, error };
}

function namesOfFault({ names, digest }: SourceFault, options: ImageOptions): readonly string[] {
  const given = [...options.names].find(([id]) => digest !== undefined && isImageIDOf(id, digest));
  return given ? [given[1]] : names;
}

function sayUnnamedFault({ digest, error }: SourceFault): Notice {
  const id = digest ? ` ${shortDigest(digest)}` : "";
  return {
    severity: "warning",
    text: `skipped image${id}, which has no name: ${asClause(error)}`,
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
