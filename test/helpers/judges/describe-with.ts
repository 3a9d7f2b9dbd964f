/* oxlint-disable vitest/no-conditional-tests, vitest/valid-title, vitest/valid-describe-callback */
import { describe } from "vitest";

/** A suite that needs programs from outside; where one is missing it is skipped, which the closing line counts. */
export function describeWith(missing: string | undefined, name: string, suite: () => void): void {
  describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name} (${missing})`, suite);
}
