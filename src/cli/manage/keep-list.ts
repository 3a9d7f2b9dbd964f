import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { nameTarget, type RenameRule } from "../../transfer/plan/name-target.ts";
import type { SurveyedRequest } from "../../transfer/prune/tidy-repositories.ts";
import { readImageList } from "../files/read-image-list.ts";
import type { Destination } from "../options/load-request.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

export interface KeepNaming {
  readonly renames: readonly RenameRule[];
  readonly keepHost: boolean;
  /** The paths under which a load may have put the images. */
  readonly prefixes: readonly string[];
}

/** One name of a keep list, with all places where its image may be. */
export interface KeptName {
  readonly name: string;
  readonly places: readonly KeptPlace[];
}

interface KeptPlace {
  readonly repository: string;
  /** Tags and digests. */
  readonly references: readonly string[];
}

/** Reads `--keep-list`. Throws `USAGE` for one that names nothing. */
export async function readKeepList(
  file: string,
  { host }: Destination,
  naming: KeepNaming,
  terminal: Terminal,
): Promise<KeptName[]> {
  const bareHost = host.replace(/^https?:\/\//, "");
  return (await readImageList(file, terminal, "--keep-list")).map(({ name }) => {
    const reference = parseReference(name);
    const places =
      reference.host === bareHost
        ? [placeOf(reference, reference.repository, reference.tag)]
        : naming.prefixes.map((prefix) => {
            const target = nameTarget(reference, { ...naming, prefix });
            return placeOf(reference, target.repository, reference.tag && target.tag);
          });
    return { name: formatReference(reference), places };
  });
}

function placeOf({ digest }: Reference, repository: string, tag: string | undefined): KeptPlace {
  return { repository, references: [tag, digest].filter((reference) => reference !== undefined) };
}

/** What of a repository is on the list. */
export function selectKept(kept: readonly KeptName[], repository: string): ReadonlySet<string> {
  const places = kept.flatMap((name) => name.places).filter((place) => place.repository === repository);
  return new Set(places.flatMap(({ references }) => references));
}

/**
 * The names of the list that are in none of these repositories. Throws `USAGE` where that is all of them: another registry's
 * list, or other names, would delete everything.
 */
export function findUnmatched(
  kept: readonly KeptName[],
  surveyed: readonly SurveyedRequest[],
  place: string,
): string[] {
  const there = new Set(
    surveyed.flatMap(({ repository, survey }) =>
      [...survey.tags.keys(), ...survey.manifests.keys()].map(
        (reference) => `${repository.name} ${reference}`,
      ),
    ),
  );
  const unmatched = kept.filter(
    ({ places }) =>
      !places.some(({ repository, references }) =>
        references.some((reference) => there.has(`${repository} ${reference}`)),
      ),
  );
  if (unmatched.length < kept.length) return unmatched.map(({ name }) => name);
  throw usageError(
    `Cannot prune "${place}": nothing there is on the keep list, all of it would be deleted`,
    "Look at the names with airgap-load ls; --rename, --prefix and --keep-host say how a load has named the images.",
  );
}
