import type { LoadReport } from "../../transfer/report/report.ts";

/** One `name@digest` a line, of every list that is in the registry now. */
export function formatReportDigests({ lists }: LoadReport): string {
  return lists
    .flatMap(({ title, digest }) => (digest ? [`${title.slice(0, title.lastIndexOf(":"))}@${digest}\n`] : []))
    .join("");
}
