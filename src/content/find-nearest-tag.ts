import { findNearestWord } from "./find-similar-word.ts";
import type { Repository } from "./repository.ts";
import { isReportable } from "../oci/airgap-error.ts";
import { subjectKey } from "../oci/subject-tags.ts";

/**
 * The tag that a repository has and that is nearest to one that is not there, for whoever mends a list of names (issue 21);
 * undefined where it has none, or does not tell.
 */
export async function findNearestTag(
  repository: Pick<Repository, "listTags">,
  tag: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const tags = await repository.listTags(signal);
    return findNearestWord(
      tag,
      tags.filter((each) => subjectKey(each) === undefined),
    );
  } catch (error) {
    if (isReportable(error, signal)) return undefined;
    throw error;
  }
}
