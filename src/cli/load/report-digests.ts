import type { LoadReport } from "../../transfer/report/report.ts";

/** One `name:tag@digest` a line, of every list that is in the registry now. */
export function formatReportDigests({ lists }: LoadReport): string {
  return lists.flatMap(({ title, digest }) => (digest ? [`${title}@${digest}\n`] : [])).join("");
}
