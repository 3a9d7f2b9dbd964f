import type { ManagedRepository } from "../../content/repository.ts";
import { type AirgapError, isReportable } from "../../oci/airgap-error.ts";
import { isDigest } from "../../oci/digest.ts";
import { planRemoval, type RemovalPlan, type Selection } from "./plan-removal.ts";
import type { Removal, TidiedRepository } from "./removal.ts";
import { removeContent } from "./remove-content.ts";
import { type RepositorySurvey, surveyRepository } from "./survey-repository.ts";

/** What is to stay in a repository, or to go from it. */
export interface TidyRequest {
  readonly repository: ManagedRepository;
  readonly selection: Selection;
}

/** A repository that was looked at. */
export interface SurveyedRequest extends TidyRequest {
  readonly survey: RepositorySurvey;
}

export interface TidyOptions {
  /** Whether it is only told what would go. */
  readonly dryRun: boolean;
  /** Told of all repositories before anything is deleted; what it throws ends the run. */
  readonly check: (surveyed: readonly SurveyedRequest[]) => void;
  readonly signal?: AbortSignal;
}

/**
 * Deletes from repositories what is not to stay. All of them are looked at before anything is deleted; one that cannot be read
 * is left as it is, with its error, and stops no other.
 */
export async function tidyRepositories(
  requests: readonly TidyRequest[],
  { dryRun, check, signal }: TidyOptions,
): Promise<TidiedRepository[]> {
  const surveyed: (SurveyedRequest | (TidyRequest & { readonly error: AirgapError }))[] = [];
  for (const request of requests) {
    const found = await unlessReportable(() => survey(request, signal), signal);
    surveyed.push("error" in found ? { ...request, ...found } : { ...request, survey: found.value });
  }
  check(surveyed.filter((request) => "survey" in request));
  const tidied: TidiedRepository[] = [];
  for (const request of surveyed) {
    const { name, title } = request.repository;
    const done =
      "error" in request
        ? request
        : await unlessReportable(() => tidyRepository(request, dryRun, signal), signal);
    tidied.push(
      "error" in done
        ? { name, title, removals: [], tagsKept: 0, error: done.error }
        : { name, title, ...done.value },
    );
  }
  return tidied;
}

function survey({ repository, selection }: TidyRequest, signal?: AbortSignal): Promise<RepositorySurvey> {
  return surveyRepository(repository, [...selection.references].filter(isDigest), signal);
}

async function tidyRepository(
  { repository, selection, survey }: SurveyedRequest,
  dryRun: boolean,
  signal?: AbortSignal,
): Promise<Pick<TidiedRepository, "removals" | "tagsKept">> {
  const plan = planRemoval(repository.title, survey, selection);
  const isIdle = plan.tags.length + plan.digests.length === 0;
  const removals = dryRun || isIdle ? foresee(plan) : await removeContent(repository, survey, plan, signal);
  const spared = plan.spared.map((spared): Removal => ({ ...spared, outcome: "kept" }));
  const gone = removals.filter(({ reference, outcome }) => outcome === "deleted" && !isDigest(reference));
  return { removals: [...removals, ...spared], tagsKept: survey.tags.size - gone.length };
}

/** What a plan comes to where nothing goes wrong. */
function foresee({ tags, digests }: RemovalPlan): Removal[] {
  return [
    ...tags.map(({ tag, digest, alone }): Removal => ({
      reference: tag,
      digest,
      outcome: "deleted",
      ...(alone === undefined ? {} : { because: alone }),
    })),
    ...digests.map((digest): Removal => ({ reference: digest, digest, outcome: "deleted" })),
  ];
}

async function unlessReportable<T>(
  run: () => Promise<T>,
  signal?: AbortSignal,
): Promise<{ readonly value: T } | { readonly error: AirgapError }> {
  try {
    return { value: await run() };
  } catch (error) {
    if (isReportable(error, signal)) return { error };
    throw error;
  }
}
