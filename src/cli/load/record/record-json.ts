import { AirgapError } from "../../../oci/airgap-error.ts";
import type { RunRecord } from "../run-record.ts";
import { errorToJson, reportToJson } from "../../output/json/report-json.ts";

/** A run for a program: all that `--json` has, and the archives, times and versions. */
export function recordToJson(record: RunRecord): Record<string, unknown> {
  const { outcome, warnings, archives, by, options, startedAt, endedAt, versions } = record;
  return {
    ...(outcome instanceof AirgapError ? errorToJson(outcome) : reportToJson(outcome)),
    warnings,
    archives,
    by,
    options,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    versions,
  };
}
