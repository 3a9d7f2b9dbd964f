import type { JsonFlag } from "../output/json/json-option.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { tidyRepositories, type SurveyedRequest } from "../../transfer/prune/tidy-repositories.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { shown, shownJson } from "../output/shown.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { formatTidied, hasFailed, tidiedToJson } from "./tidied-report.ts";

export interface DeleteFlags extends RegistryFlags, JsonFlag {
  readonly archTag: string;
  readonly yes?: boolean;
  readonly verbose?: boolean;
}

/** Deletes tags and digests, or tells what would go with them; resolves to the exit code. */
export async function runDelete(
  names: readonly string[],
  flags: DeleteFlags,
  terminal: Terminal,
): Promise<number> {
  const { signal, stderr, stdout } = terminal;
  const { host, asked } = readNames(names);
  await using store = await openRegistryStore(
    host,
    flags,
    terminal,
    ({ text }) => void stderr.write(shown(`note: ${text}\n`)),
  );
  const requests = [...asked].map(([repository, references]) => ({
    repository: store.repository(repository),
    selection: { kind: "delete", references, archTag: flags.archTag } as const,
  }));
  const tidied = await tidyRepositories(requests, { dryRun: !flags.yes, check: checkThere, signal });
  const told = { command: "delete", registry: store.title, dryRun: !flags.yes, tidied } as const;
  stdout.write(
    flags.json ? shownJson(tidiedToJson(told)) : shown(formatTidied(told, flags.verbose ?? false)),
  );
  const isSpared = tidied.some(({ name, removals }) =>
    removals.some(({ reference, outcome }) => outcome === "kept" && asked.get(name)?.has(reference)),
  );
  return isSpared || hasFailed(tidied) ? exitCodes.partial : exitCodes.done;
}

/** Every name needs its registry, and its tag or digest, written out: `latest` is nothing to delete by leaving it out. */
function readNames(names: readonly string[]): { host: string; asked: Map<string, Set<string>> } {
  const asked = new Map<string, Set<string>>();
  const hosts = new Set<string>();
  for (const text of names) {
    const reference = parseReference(text.replace(/^docker:\/\//, ""));
    if (!/[:@][^/]*$/.test(text.slice(text.indexOf("/") + 1))) {
      throw usageError(
        `Cannot delete "${text}": neither a tag nor a digest is named`,
        "Give HOST/NAME:TAG or HOST/NAME@DIGEST; airgap-load prune deletes more at once.",
      );
    }
    hosts.add(reference.host);
    const references = asked.get(reference.repository) ?? new Set();
    references.add(referenceOf(reference));
    asked.set(reference.repository, references);
  }
  const [host = "", other] = hosts;
  if (other === undefined) return { host, asked };
  throw usageError(`Cannot delete from two registries at once: ${host} and ${other}`);
}

/** With both, the digest says more exactly what is meant, and the tag goes with it. */
function referenceOf({ tag, digest, ...name }: Reference): string {
  if (tag === undefined || digest === undefined) return digest ?? tag ?? "latest";
  throw usageError(
    `Cannot delete "${formatReference({ ...name, tag, digest })}": it names both a tag and a digest`,
    "Give one of them.",
  );
}

function checkThere(surveyed: readonly SurveyedRequest[]): void {
  for (const { repository, selection, survey } of surveyed) {
    for (const reference of selection.references) {
      if (!survey.tags.has(reference) && !hasDigest(survey.manifests, reference)) {
        throw new AirgapError(
          "IMAGE_NOT_FOUND",
          `Cannot delete "${reference}" of "${repository.title}": it is not there`,
          { exit: "noInput", hint: "Nothing was deleted. airgap-load tags lists what is there." },
        );
      }
    }
  }
}

function hasDigest(manifests: SurveyedRequest["survey"]["manifests"], reference: string): boolean {
  return [...manifests.keys()].some((digest) => digest === reference);
}
