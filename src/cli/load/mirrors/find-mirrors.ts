import { parseReference } from "../../../oci/reference.ts";
import type { LoadReport } from "../../../transfer/report/report.ts";
import { formatTarget } from "../../../transfer/report/target-name.ts";

/** How nodes find the images of one source host in the registry that they were loaded into. */
export interface Mirror {
  readonly host: string;
  /** Repository at the source to repository in the registry. */
  readonly paths: ReadonlyMap<string, string>;
  /** Path that stands in front of most of them, or of all; empty where they are as they were. */
  readonly prefix: string;
  /** Those of `paths` that the prefix does not tell. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Names under which a node finds nothing, since their tag became another: source and target. */
  readonly retagged: ReadonlyMap<string, string>;
}

/** A mirror for each source host of what a run published, or would; the registry itself needs none. */
export function findMirrors({ lists, registry }: LoadReport): Mirror[] {
  const published = lists
    .filter(({ error }) => !error)
    .map(({ source, target }) => ({ source, target, from: parseReference(source) }))
    .filter(({ from }) => from.host !== registry);
  const hosts = [...new Set(published.map(({ from }) => from.host))].sort();
  return hosts.map((host) => {
    const own = published.filter(({ from }) => from.host === host);
    const paths = new Map(own.map(({ from, target }) => [from.repository, target.repository]));
    const prefix = findPrefix(paths);
    const renamed = new Map([...paths].filter(([from, to]) => to !== joinPath(prefix, from)));
    const retagged = own.filter(({ from, target }) => (from.tag ?? from.digest) !== target.tag);
    return {
      host,
      paths,
      prefix,
      renamed,
      retagged: new Map(retagged.map(({ source, target }) => [source, formatTarget(target)])),
    };
  });
}

/** The prefix of most paths; of none where they were all renamed. */
function findPrefix(paths: ReadonlyMap<string, string>): string {
  const counts = new Map<string, number>();
  for (const [from, to] of paths) {
    const prefix = to.slice(0, -from.length).replace(/\/$/, "");
    if (joinPath(prefix, from) === to) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? "";
}

function joinPath(prefix: string, path: string): string {
  return prefix === "" ? path : `${prefix}/${path}`;
}
