import { isDigest } from "../../oci/digest.ts";
import type { LoadReport } from "../../transfer/report/report.ts";

/** One `name:tag@digest` a line, of every list that is in the registry now; `name@digest` of what has no tag. */
export function formatReportDigests({ lists }: LoadReport): string {
  return lists
    .flatMap(({ title, target, digest }) =>
      digest ? [isDigest(target.tag) ? `${title}\n` : `${title}@${digest}\n`] : [],
    )
    .join("");
}
