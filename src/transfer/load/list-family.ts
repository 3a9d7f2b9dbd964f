import { AirgapError } from "../../oci/airgap-error.ts";
import type { Repository } from "../../content/repository.ts";
import type { Notice } from "../../content/notice.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { type Family, familyName, familyOf, otherFamily } from "../../oci/media-type.ts";
import { convertGraph } from "../format/convert-graph.ts";
import { convertManifest } from "../format/convert-manifest.ts";
import { FamilyRefused } from "../format/family-refused.ts";
import { checkMayChange, sayConverted } from "../format/kept-digest.ts";
import type { PlannedEntry, PlannedImage } from "../plan/planned-image.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import { formatTarget, titleTarget } from "../report/target-name.ts";
import type { Child } from "./child.ts";
import type { ExistingEntry } from "./existing-tag.ts";
import { warnOfList } from "./keep-entries.ts";
import { isAlone, isVerbatim } from "./compose-root.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { PreparedList, PublishOptions } from "./staged-list.ts";
import { requiredFamily } from "./upload-image.ts";

/** What was asked for; else OCI if any child must be or is kept as OCI, else what the place prefers (decision 7). */
export function chooseFamily(
  { children }: { readonly children: ReadonlyMap<PlannedEntry, Child> },
  kept: readonly ExistingEntry[],
  { format, ownFamily }: Pick<PublishOptions, "format" | "ownFamily">,
): Family {
  if (format !== "auto") return format;
  const families: (Family | undefined)[] = kept.map(({ descriptor }) => familyOf(descriptor.mediaType));
  for (const [entry, child] of children) {
    families.push(
      child.kind === "found"
        ? familyOf(child.manifest.descriptor.mediaType)
        : requiredFamily(entry.image, child.image),
    );
  }
  return families.includes("oci") ? "oci" : ownFamily;
}

/**
 * Does its work for a list, and once more in the other family where the registry refuses the one that the list would have, for
 * its media types and nothing else. What other lists get does not depend on it. Throws the first refusal where the other family
 * is refused as well.
 */
export async function inFamily<T>(
  options: PublishOptions,
  work: (options: PublishOptions, isOther: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await work(options, false);
  } catch (refusal) {
    if (!(refusal instanceof FamilyRefused) || options.format !== "auto") throw refusal;
    try {
      return await work({ ...options, format: otherFamily(refusal.family), refusal }, true);
    } catch (error) {
      throw error instanceof FamilyRefused ? refusal : error;
    }
  }
}

interface ListWithTitle extends Pick<PreparedList, "list"> {
  readonly repository: Pick<Repository, "title">;
}

type Convertible = Pick<PlannedList, "entries" | "verbatim">;

/** A list whose promised manifests, and its own index, are those of one family. */
export interface ConvertedList<List extends Convertible = PlannedList> {
  readonly list: List;
  /** What was made of the images' own manifests, by the digests that they had. */
  readonly changed: ReadonlyMap<Digest, Manifest>;
  readonly leftBehind: number;
}

/** A function of the archives' bytes alone; the list itself where nothing of it changes, or not all of it can. */
export async function convertList<List extends Convertible>(
  list: List,
  family: Family,
): Promise<ConvertedList<List>> {
  const own = new Map(
    list.entries.flatMap(({ image }) => {
      const manifest = promisedManifest(image);
      return manifest ? [[manifest.descriptor.digest, manifest] as const] : [];
    }),
  );
  const changed = new Map<Digest, Manifest>();
  for (const [digest, manifest] of own) {
    const converted = convertManifest(manifest, family);
    if (!converted) return { list, changed: new Map(), leftBehind: 0 };
    if (converted !== manifest) changed.set(digest, converted);
  }
  const { verbatim } = list;
  if (!verbatim) return { list, changed, leftBehind: 0 };
  const { root, leftBehind } = await convertGraph(verbatim.index, family, async ({ digest }) =>
    own.get(digest),
  );
  if (root === verbatim.index && changed.size === 0) return { list, changed, leftBehind: 0 };
  // Not all of it could be converted.
  if (root === verbatim.index || root.kind === "manifest") {
    return { list: { ...list, verbatim: undefined }, changed, leftBehind: 0 };
  }
  const listed = new Set(root.manifests.map(({ digest }) => digest));
  const converted = {
    index: root,
    attestations: verbatim.attestations.filter(({ manifest }) => listed.has(manifest.descriptor.digest)),
    absent: verbatim.absent.filter(({ digest }) => listed.has(digest)),
  };
  return { list: { ...list, verbatim: converted }, changed, leftBehind };
}

function promisedManifest({ keepsManifest, sourceImage }: PlannedImage): Manifest | undefined {
  return keepsManifest ? sourceImage.manifest : undefined;
}

/**
 * The list in the family that is wanted for it, told with what changes. Throws `DIGEST_NOT_KEPT` where a digest that would
 * change has to stay.
 */
export async function settleFamily(
  { list, repository }: ListWithTitle,
  options: PublishOptions,
): Promise<ConvertedList> {
  const { format, refusal, whyKept } = options;
  if (format === "auto") return { list, changed: new Map(), leftBehind: 0 };
  const converted = await convertList(list, format);
  const became = [...converted.changed].map(([from, { descriptor }]) => ({ from, to: descriptor.digest }));
  const [from, to] = [list, converted.list].map(({ verbatim }) => verbatim?.index.descriptor.digest);
  if (from !== undefined && from !== to) became.unshift({ from, to: to ?? from });
  const purpose = { title: titleTarget(repository.title, list.target.tag), family: format, refusal };
  const lost = became.map(({ from }) => from);
  await checkMayChange(lost, purpose, (digest) => whyKept(list, digest));
  const [first] = became;
  const isWhole = list.single || (to !== undefined && from !== to);
  const { severity, text } = first
    ? sayConverted(purpose, isWhole ? first : undefined, converted.leftBehind)
    : sayMadeIn(format);
  if (severity === "warning") warnOfList({ list, repository }, [text], options);
  else if (first || refusal) options.onNotice({ severity, subject: formatTarget(list.target), text });
  return converted;
}

function sayMadeIn(family: Family): Pick<Notice, "severity" | "text"> {
  const refused = familyName(otherFamily(family));
  const text = `the registry refuses ${refused}'s media types: it is made in ${familyName(family)}'s (--format ${family})`;
  return { severity: "note", text };
}

/** Throws `DIGEST_NOT_KEPT` where `--preserve-digests` is given and an image or a whole index is published as another. */
export async function checkPreserved(
  { list, repository }: Pick<PreparedList, "list" | "repository">,
  kept: readonly ExistingEntry[],
  { preserveDigests, signal }: PublishOptions,
): Promise<void> {
  if (!preserveDigests) return;
  const title = titleTarget(repository.title, list.target.tag);
  const repaired = list.entries.find(({ image }) => image.sourceImage.manifest && !image.keepsManifest);
  if (repaired) {
    const what = `its image for ${formatPlatform(repaired.image.platform)} is changed`;
    throw notPreserved(title, `${what}: see what is told of it, --fix-config and --allow-foreign`);
  }
  const isWhole = list.verbatim?.absent.length === 0;
  if (isWhole && !isAlone(list, kept) && !(await isVerbatim(list, kept, repository, signal))) {
    throw notPreserved(
      title,
      "images of the list in the registry are kept beside those of the archives' index",
    );
  }
}

function notPreserved(title: string, reason: string): AirgapError {
  return new AirgapError("DIGEST_NOT_KEPT", `Cannot publish "${title}" with --preserve-digests: ${reason}`, {
    exit: "partial",
    hint: "--on-existing replace publishes an index as it is; without --preserve-digests it gets another digest.",
  });
}
