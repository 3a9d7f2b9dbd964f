import { stringify } from "yaml";
import { platformToJson } from "../../oci/platform.ts";
import { outcomes } from "../../transfer/report/outcome.ts";
import type { CellReport, ListReport, LoadReport } from "../../transfer/report/report.ts";

/** The lists that a load has published, in the YAML of manifest-tool's from-spec, a document each. */
export function* formatSpec({ lists }: LoadReport): Generator<string> {
  let separator = "";
  for (const list of lists) {
    const document = formatList(list);
    if (document === undefined) continue;
    yield separator + document;
    separator = "---\n";
  }
}

function formatList({ title, repositoryTitle: repository, cells }: ListReport): string | undefined {
  const manifests = cells.flatMap((cell) => describeCell(repository, cell) ?? []);
  return manifests.length ? stringify({ image: title, manifests }) : undefined;
}

function describeCell(repository: string, { archTag, digest, outcome, platform }: CellReport): unknown {
  if (!outcomes[outcome].present) return undefined;
  const name = archTag === undefined ? digest && `${repository}@${digest}` : `${repository}:${archTag}`;
  return name && { image: name, platform: platformToJson(platform) };
}
