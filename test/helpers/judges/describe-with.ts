/* oxlint-disable vitest/no-conditional-tests, vitest/valid-title, vitest/valid-describe-callback, vitest/expect-expect */
import { describe, test } from "vitest";

/** A suite that needs programs from outside; where one is missing, a single test's name says what was not run. */
export function describeWith(missing: string | undefined, name: string, suite: () => void): void {
  if (missing === undefined) describe(name, suite);
  else test(`${name} (not run here: ${missing})`, () => undefined);
}
