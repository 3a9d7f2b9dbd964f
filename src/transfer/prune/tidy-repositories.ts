import type { ManagedRepository } from "../../content/repository.ts";
import { type AirgapError, isReportable } from "../../oci/airgap-error.ts";
import { isDigest } from "../../oci/digest.ts";
import { CountTask, countRepositories } from "../report/count-task.ts";
import type { OnEvent } from "../report/events.ts";
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
  readonly onEvent: OnEvent;
  readonly signal?: AbortSignal;
}

/**
 * Deletes from repositories what is not to stay. All of them are looked at before anything is deleted; one that cannot be read
 * is left as it is, with its error, and stops no other.
 */
export async function tidyRepositories(
  requests: readonly TidyRequest[],
  options: TidyOptions,
): Promise<TidiedRepository[]> {
  const surveyed: (SurveyedRequest | (TidyRequest & { readonly error: AirgapError }))[] = [];
  const { check, onEvent, signal } = options;
  for await (const request of countRepositories(requests, onEvent)) {
    const found = await unlessReportable(() => survey(request, options), signal);
    surveyed.push("error" in found ? { ...request, ...found } : { ...request, survey: found.value });
  }
  check(surveyed.filter((request) => "survey" in request));
  const plans = surveyed.map((request) => ("error" in request ? request : planRequest(request)));
  const total = plans.reduce((sum, plan) => sum + ("error" in plan ? 0 : sizeOf(plan.plan)), 0);
  const told = { activity: "deleting from", title: "the registry", noun: "deletion" } as const;
  const task = options.dryRun ? undefined : new CountTask(told, onEvent, total);
  const tidied: TidiedRepository[] = [];
  for (const request of plans) {
    const { name, title } = request.repository;
    const done =
      "error" in request
        ? request
        : await unlessReportable(() => tidyRepository(request, task, signal), signal);
    tidied.push(
      "error" in done
        ? { name, title, removals: [], tagsKept: 0, error: done.error }
        : { name, title, ...done.value },
    );
  }
  task?.end();
  return tidied;
}

function survey(
  { repository, selection }: TidyRequest,
  { onEvent, signal }: TidyOptions,
): Promise<RepositorySurvey> {
  const digests = [...selection.references].filter(isDigest);
  return surveyRepository(repository, digests, { onEvent, signal });
}

interface PlannedRequest extends SurveyedRequest {
  readonly plan: RemovalPlan;
}

function planRequest(request: SurveyedRequest): PlannedRequest {
  const { repository, survey, selection } = request;
  return { ...request, plan: planRemoval(repository.title, survey, selection) };
}

/** How much is to go. */
function sizeOf({ tags, digests }: RemovalPlan): number {
  return tags.length + digests.length;
}

/** Without a task nothing is deleted. */
async function tidyRepository(
  { repository, survey, plan }: PlannedRequest,
  task: CountTask | undefined,
  signal?: AbortSignal,
): Promise<Pick<TidiedRepository, "removals" | "tagsKept">> {
  const removals =
    !task || sizeOf(plan) === 0
      ? foresee(plan)
      : await removeContent(repository, survey, plan, { onRemoval: () => task.add(), signal });
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
