// Adds up what vitest's JSON reporter wrote, prints "N passed, N failed[, N skipped]", and fails if anything failed. Steps that
// failed without a failed test count as well. usage: sum-results.mjs FAILED_STEPS FILE...
import { existsSync, readFileSync } from "node:fs";

const sum = { passed: 0, failed: 0, skipped: 0 };
const [failedSteps, ...paths] = process.argv.slice(2);
for (const path of paths) addRun(path);
sum.failed = Math.max(sum.failed, Number(failedSteps));
const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : "";
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed${skipped}\n`);
process.exitCode = sum.failed > 0 ? 1 : 0;

/** A run that left no results, and a file that could not be loaded, count as one failure each. */
function addRun(path) {
  if (!existsSync(path)) {
    sum.failed += 1;
    return;
  }
  for (const { status, assertionResults } of JSON.parse(readFileSync(path, "utf8")).testResults) {
    if (assertionResults.length === 0 && status === "failed") sum.failed += 1;
    for (const test of assertionResults) {
      if (test.status === "passed") sum.passed += 1;
      else if (test.status === "failed") sum.failed += 1;
      else sum.skipped += 1;
    }
  }
}
