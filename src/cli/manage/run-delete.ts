import type { JsonFlag } from "../output/json/json-option.ts";
import { didYouMean } from "../output/did-you-mean.ts";
import { AirgapError, exitCodes } from "../../oci/airgap-error.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { tidyRepositories, type SurveyedRequest } from "../../transfer/prune/tidy-repositories.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { type CommandContext, type ProgressFlags, withProgress } from "../progress/progress-options.ts";
import { openRegistryStore } from "../registries/open-registry-store.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { hasFailed, tellTidied, type TidyReport } from "./tidied-report.ts";

export interface DeleteFlags extends RegistryFlags, JsonFlag, ProgressFlags {
  readonly archTag: string;
  readonly yes?: boolean;
}

/** Deletes tags and digests, or tells what would go with them; resolves to the exit code. */
export async function runDelete(
  names: readonly string[],
  flags: DeleteFlags,
  terminal: Terminal,
): Promise<number> {
  const asked = readNames(names);
  const work = (context: CommandContext<DeleteFlags>): Promise<TidyReport> => deleteAll(asked, context);
  const report = await withProgress(flags, terminal, work, flags.yes ? "deletes" : "reads");
  tellTidied(report, flags, terminal);
  const isSpared = report.tidied.some(({ name, removals }) =>
    removals.some(
      ({ reference, outcome }) => outcome === "kept" && asked.references.get(name)?.has(reference),
    ),
  );
  return isSpared || hasFailed(report.tidied) ? exitCodes.partial : exitCodes.done;
}

/** What is to go, by its repository. */
interface Asked {
  readonly host: string;
  readonly references: ReadonlyMap<string, ReadonlySet<string>>;
}

async function deleteAll(
  { host, references: asked }: Asked,
  { flags, terminal, onEvent }: CommandContext<DeleteFlags>,
): Promise<TidyReport> {
  const { signal } = terminal;
  await using store = await openRegistryStore(host, flags, terminal, tellNotices(onEvent));
  const requests = [...asked].map(([repository, references]) => ({
    repository: store.repository(repository),
    selection: { kind: "delete", references, archTag: flags.archTag } as const,
  }));
  const options = { dryRun: !flags.yes, check: checkThere, onEvent, signal };
  const tidied = await tidyRepositories(requests, options);
  return { command: "delete", registry: store.title, dryRun: !flags.yes, tidied };
}

/** Every name needs its registry, and its tag or digest, written out: `latest` is nothing to delete by leaving it out. */
function readNames(names: readonly string[]): Asked {
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
  if (other === undefined) return { host, references: asked };
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
        const question = didYouMean(reference, [...survey.tags.keys()]);
        throw new AirgapError(
          "IMAGE_NOT_FOUND",
          `Cannot delete "${reference}" of "${repository.title}": it is not there`,
          { exit: "noInput", hint: `Nothing was deleted. ${question}airgap-load tags lists what is there.` },
        );
      }
    }
  }
}

function hasDigest(manifests: SurveyedRequest["survey"]["manifests"], reference: string): boolean {
  return [...manifests.keys()].some((digest) => digest === reference);
}
