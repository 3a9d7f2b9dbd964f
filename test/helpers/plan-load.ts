import type { Steps } from "../../src/content/turns.ts";
import * as plan from "../../src/transfer/plan/plan.ts";

/** The whole plan at once. */
export function planLoad(...args: Parameters<typeof plan.planLoad>): plan.Plan {
  return finish(plan.planLoad(...args));
}

/** One archive's plan at once. */
export function planSource(...args: Parameters<typeof plan.planSource>): readonly plan.PlannedChild[] {
  return finish(plan.planSource(...args));
}

function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
