import { describeNotices } from "../report/describe-notices.ts";
import type { ImageSource } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type LoadRequest, LoadRun } from "./load-run.ts";
import { openSources } from "../plan/open-sources.ts";
import type { PlannedFailure } from "../plan/plan-faults.ts";
import { planLoad } from "../plan/plan.ts";
import type { LoadReport } from "../report/report.ts";
import type { Notice } from "../../content/notice.ts";
import { takeTurns } from "../../content/turns.ts";

/**
 * The main job: reads the archives, plans, brings all blobs and children to the registry, and then moves one tag per
 * name to its list. Damage and plan errors throw before any manifest is sent; a refusal by the registry fails only the
 * lists that it concerns and is told in the report.
 */
export async function load(request: LoadRequest): Promise<LoadReport> {
  const run = new LoadRun(request);
  const opened: ImageSource[] = [];
  try {
    const given = await openSources(request.sources, {
      signal: request.signal,
      onEvent: run.tell,
      // Nobody should read archives for minutes to learn that the registry's name is mistyped.
      alongside: request.store?.checkAccess([], request.signal) ?? Promise.resolve(),
      onOpened: (source) => void opened.push(source),
      onChecked: (source) => run.uploadAhead(source),
    });
    const plan = await takeTurns(planLoad(given, request.plan), request.signal);
    run.planned(plan);
    run.log.add(...plan.warnings);
    checkStrict(request, run.log.notices, plan.failures);
    const refused = await run.refuseLacking(plan);
    if (refused) return run.report(refused);
    await run.checkSigned(plan, given);
    await run.checkBase(given, plan);
    return run.report(await run.publish(plan));
  } finally {
    await run.stop();
    await Promise.all(opened.map((source) => source[Symbol.asyncDispose]()));
  }
}

function checkStrict(
  { strict }: LoadRequest,
  warnings: readonly Notice[],
  failures: readonly PlannedFailure[],
): void {
  const serious = warnings.filter(({ severity }) => severity === "warning");
  if (!strict || serious.length + failures.length === 0) return;
  const lines = [
    ...describeNotices(serious).map((line) => `  ${line}`),
    ...failures.map(({ error }) => `  - ${error.message}`),
  ];
  throw new AirgapError("STRICT", ["Cannot publish with --strict, there are warnings:", ...lines], {
    exit: "partial",
  });
}
