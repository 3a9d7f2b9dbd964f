import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { cosignSuffixes, cosignTag } from "../../oci/subject-tags.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { fetchChild } from "./fetch-child.ts";

/** What refers to one digest. */
export interface FoundReferrers {
  readonly subject: Digest;
  /** Manifests that name it as their subject. */
  readonly listed: readonly (Manifest | ImageIndex)[];
  /** Cosign's, under tags made of the digest. */
  readonly tagged: readonly { readonly tag: string; readonly manifest: Manifest | ImageIndex }[];
}

/** Of one image; nobody signs that often. */
const maxSubjects = 10_000;

/**
 * Finds what refers to any of these digests in a repository, and what refers to that in turn: a subject always comes before
 * what refers to it. Only a manifest whose own subject it is refers to a digest; Harbor lists cosign's tags as well.
 */
export async function* findReferrers(
  digests: Iterable<Digest>,
  source: Repository,
  signal?: AbortSignal,
): AsyncGenerator<FoundReferrers> {
  const subjects = new Set(digests);
  // What is found is added to the set while it is walked.
  for (const subject of subjects) {
    const listed: (Manifest | ImageIndex)[] = [];
    for (const descriptor of await source.listReferrers(subject, signal)) {
      const referrer = await fetchChild(source, descriptor, signal);
      if (referrer.subject?.digest === subject) listed.push(referrer);
    }
    for (const { descriptor } of listed) subjects.add(descriptor.digest);
    if (subjects.size > maxSubjects) throw tooMany(source);
    const tagged = await findTagged(subject, source, signal);
    if (listed.length + tagged.length > 0) yield { subject, listed, tagged };
  }
}

async function findTagged(
  subject: Digest,
  source: Repository,
  signal?: AbortSignal,
): Promise<FoundReferrers["tagged"]> {
  const found = await Promise.all(
    cosignSuffixes.map(async (suffix) => {
      const tag = cosignTag(subject, suffix);
      const raw = await source.fetchManifest(tag, signal);
      if (!raw) return [];
      const manifest = parseManifest(raw.bytes, `"${source.title}:${tag}"`, raw.descriptor.mediaType);
      return [{ tag, manifest }];
    }),
  );
  return found.flat();
}

function tooMany(source: Repository): AirgapError {
  return new AirgapError(
    "REFERRERS_TOO_MANY",
    `Cannot copy what refers to an image of "${source.title}": there are more than ${maxSubjects}`,
    { exit: "protocol", hint: "Leave --referrers out, and copy what is wanted by its digest." },
  );
}
