import { type Digest, shortDigest } from "../../oci/digest.ts";

/** How a table is fit for where it goes. */
export interface TableForm {
  /** A whole digest fits no terminal; JSON, `--output digests` and reports have it. */
  readonly digests: "short" | "whole";
  /** There is room for so many. */
  readonly columns: number;
}

/** For a file or a pipe. */
export const wholeTable: TableForm = { digests: "whole", columns: Infinity };

/** A terminal that does not tell its size says 0. */
export function tableFor({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): TableForm {
  return isTTY ? { digests: "short", columns: columns || 80 } : wholeTable;
}

export function formatDigest(digest: Digest | undefined, { digests }: TableForm): string | undefined {
  return digest && digests === "short" ? shortDigest(digest) : digest;
}
