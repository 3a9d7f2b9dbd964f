import type { Notice } from "../../content/notice.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { familiarReference } from "../../oci/reference.ts";
import { formatTarget } from "../report/target-name.ts";
import type { PlannedFailure } from "./plan-faults.ts";
import type { PlannedList } from "./planned-list.ts";

/** Whether a digest can be published: it is that of an image, or of the index that goes up byte for byte. */
function keepsPin({ entries, verbatim }: Pick<PlannedList, "entries" | "verbatim">, pin: Digest): boolean {
  const manifests = entries.map(({ image }) =>
    image.keepsManifest ? image.sourceImage.manifest : undefined,
  );
  return [...manifests, verbatim?.index].some((kept) => kept?.descriptor.digest === pin);
}

/** What has a digest for its name, and would get another one, cannot be published; by target. */
export function failPins(lists: readonly PlannedList[]): Map<string, PlannedFailure> {
  const lost = lists.filter(({ target, single, verbatim }) => {
    const { tag } = target;
    return isDigest(tag) && !single && verbatim?.index.descriptor.digest !== tag;
  });
  return new Map(lost.map((list) => [formatTarget(list.target), failPin(list)]));
}

function failPin({ source, target }: PlannedList): PlannedFailure {
  const name = familiarReference(source);
  const error = new AirgapError(
    "DIGEST_NOT_KEPT",
    `Cannot publish "${name}" under its digest: what these archives have of it would get another one`,
    {
      exit: "content",
      hint: "A config that is repaired, --allow-foreign and --drop-attestations change it. Under a tag it can be published: --name ID=NAME:TAG.",
    },
  );
  return { name, source, target, error };
}

/** Digests that a list is named by besides its tag, and that will not be there. */
export function sayLostPins(lists: readonly PlannedList[]): Notice[] {
  return lists.flatMap((list) =>
    list.pins
      .filter((pin) => !isDigest(list.target.tag) && !keepsPin(list, pin))
      .map((pin) => ({
        severity: "warning",
        subject: formatTarget(list.target),
        text: `it is asked for by its digest too, and gets another one than ${pin}`,
      })),
  );
}
