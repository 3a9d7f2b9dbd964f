import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { describeReferrer } from "../../oci/describe-referrer.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestHex } from "../../oci/digest.ts";
import { buildIndex, type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { referrersTag } from "../../oci/referrers-tag.ts";
import { copyGraph } from "./copy-graph.ts";
import { fetchChild } from "./fetch-child.ts";
import { publishManifest } from "./publish-manifest.ts";
import type { UploadBlobOptions } from "./upload-blob.ts";

/** What cosign puts beside an image, under a tag made of its digest (cosign, signature specification). */
const cosignSuffixes: readonly string[] = ["sig", "att", "sbom"];

/** Of one image; nobody signs that often. */
const maxSubjects = 10_000;

/**
 * Copies what refers to an image and to each image that it lists: manifests with it as their subject, what refers to those
 * in turn, and cosign's tags. Gives how many manifests that were.
 */
export async function copyReferrers(
  root: Manifest | ImageIndex,
  source: Repository,
  target: Repository,
  options: UploadBlobOptions,
): Promise<number> {
  const children = root.kind === "index" ? root.manifests : [];
  const subjects = new Set([root.descriptor, ...children].map(({ digest }) => digest));
  let copied = 0;
  // What is found is added to the set while it is walked.
  for (const subject of subjects) {
    const referrers = await source.listReferrers(subject, options.signal);
    for (const { digest } of referrers) subjects.add(digest);
    if (subjects.size > maxSubjects) throw tooMany(source);
    await copyAll(subject, referrers, source, target, options);
    copied += referrers.length + (await copyCosignTags(subject, source, target, options));
  }
  return copied;
}

function tooMany(source: Repository): AirgapError {
  return new AirgapError(
    "REFERRERS_TOO_MANY",
    `Cannot copy what refers to an image of "${source.title}": there are more than ${maxSubjects}`,
    { exit: "protocol", hint: "Leave --referrers out, and copy what is wanted by its digest." },
  );
}

async function copyAll(
  subject: Digest,
  referrers: readonly Descriptor[],
  source: Repository,
  target: Repository,
  options: UploadBlobOptions,
): Promise<void> {
  const copied: Descriptor[] = [];
  for (const descriptor of referrers) {
    const referrer = await fetchChild(source, descriptor, options.signal);
    await copyGraph(referrer, source, target, options);
    await publishManifest(target, descriptor.digest, referrer, options);
    copied.push(describeReferrer(referrer));
  }
  if (copied.length > 0) await listUnderTag(subject, copied, target, options.signal);
}

/** A registry that keeps no list of referrers gets it as an index under a tag (distribution-spec, referrers tag schema). */
async function listUnderTag(
  subject: Digest,
  referrers: readonly Descriptor[],
  target: Repository,
  signal?: AbortSignal,
): Promise<void> {
  const listed = await target.listReferrers(subject, signal);
  const known = new Set(listed.map(({ digest }) => digest));
  const unlisted = referrers.filter(({ digest }) => !known.has(digest));
  if (unlisted.length === 0) return;
  await target.pushManifest(referrersTag(subject), buildIndex("oci", [...listed, ...unlisted]), signal);
}

async function copyCosignTags(
  subject: Digest,
  source: Repository,
  target: Repository,
  options: UploadBlobOptions,
): Promise<number> {
  let copied = 0;
  for (const suffix of cosignSuffixes) {
    const tag = `sha256-${digestHex(subject)}.${suffix}`;
    const raw = await source.fetchManifest(tag, options.signal);
    if (!raw) continue;
    const manifest = parseManifest(raw.bytes, `"${source.title}:${tag}"`, raw.descriptor.mediaType);
    await copyGraph(manifest, source, target, options);
    await publishManifest(target, tag, manifest, options);
    copied++;
  }
  return copied;
}
