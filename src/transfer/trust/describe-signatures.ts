import type { Digest } from "../../oci/digest.ts";
import type { Plan } from "../plan/plan.ts";
import type { ListReport, SignatureReport } from "../report/report.ts";
import { holdsSignatures } from "./find-signatures.ts";
import type { Trust } from "./trust.ts";

/** What is to be said of the signatures of something that was published. */
export type DescribeSignatures = (list: ListReport) => Pick<ListReport, "madeHere" | "signatures">;

/** Tells for each published name whether it was made here, what of it is signed, and by whom, where that was verified. */
export function describeSignatures({ lists, artifacts }: Plan, trust?: Trust): DescribeSignatures {
  const brought = new Set<Digest | undefined>(
    artifacts.map(({ artifact }) => artifact.manifest.descriptor.digest),
  );
  for (const { verbatim, entries } of lists) {
    brought.add(verbatim?.index.descriptor.digest);
    for (const { image } of entries) brought.add(image.sourceImage.manifest?.descriptor.digest);
  }
  const held = artifacts.flatMap(({ subject, artifact: { manifest } }): SignatureReport[] =>
    subject && holdsSignatures(manifest) ? [{ subject, digest: manifest.descriptor.digest }] : [],
  );
  return ({ digest, cells }) => {
    if (!digest) return {};
    const subjects = new Set([digest, ...cells.flatMap((cell) => cell.digest ?? [])]);
    const verified = trust?.verified(subjects) ?? [];
    const all = new Map(
      [...held.filter(({ subject }) => subjects.has(subject)), ...verified].map((each) => [
        `${each.subject} ${each.digest}`,
        each,
      ]),
    );
    return { madeHere: !brought.has(digest), signatures: [...all.values()] };
  };
}
