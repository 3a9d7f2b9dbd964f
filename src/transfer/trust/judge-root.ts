import type { ContentReader } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isAttestation } from "../../oci/attestation.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { fetchChild } from "../graph/fetch-child.ts";
import type { Distrust, Trust, TrustSubject } from "./trust.ts";

/** What is to stand under a name: signed as a whole, or a list that is made here, whose images are signed. */
export interface TrustedRoot {
  /** As people call it. */
  readonly title: string;
  /** The root itself; of a list that is made here, its images. */
  readonly subjects: readonly (TrustSubject & { readonly title: string; readonly why?: string })[];
}

/** Where a root is from. */
interface RootOrigin extends Pick<TrustSubject, "name" | "find"> {
  readonly title: string;
}

/** A root that was read: itself, or its images where it is a list that is made here, attestations left out. */
export async function describeRoot(
  root: Manifest | ImageIndex,
  isMade: boolean,
  content: ContentReader,
  { title, name, find }: RootOrigin,
  signal?: AbortSignal,
): Promise<TrustedRoot> {
  if (root.kind === "manifest" || !isMade) {
    return { title, subjects: [{ title, name, manifest: root, find }] };
  }
  const subjects: TrustedRoot["subjects"][number][] = [];
  for (const child of root.manifests.filter((each) => !isAttestation(each))) {
    const part = child.platform ? formatPlatform(child.platform) : child.digest;
    subjects.push({ title: part, name, manifest: await fetchChild(content, child, signal), find });
  }
  return { title, subjects };
}

/** A root with what is wrong with it. */
export interface DistrustedRoot extends Distrust {
  readonly title: string;
}

/** Everything of a root that is not to be trusted. */
export async function judgeRoot(
  { title, subjects }: TrustedRoot,
  trust: Trust,
  signal?: AbortSignal,
): Promise<readonly DistrustedRoot[]> {
  const wrong: DistrustedRoot[] = [];
  for (const subject of subjects) {
    const distrust = await trust.judge(subject, signal);
    const name = subject.title === title ? title : `${title} ${subject.title}`;
    if (distrust) wrong.push({ ...distrust, title: name, why: subject.why ?? distrust.why });
  }
  return wrong;
}

/** One error for all that is not to be trusted, or nothing where all is. */
export function refuseDistrusted(distrusted: readonly DistrustedRoot[]): AirgapError | undefined {
  const [first] = distrusted;
  if (!first) return undefined;
  const isForged = distrusted.some(({ code }) => code === "SIGNATURE_INVALID");
  const lines = distrusted.map(({ title, why }) => `${title}: ${why}`);
  const message =
    lines.length === 1
      ? `Cannot trust ${lines[0]}; nothing of it was sent`
      : [`Cannot trust ${lines.length} images, and nothing was sent:`, ...lines.map((line) => `  - ${line}`)];
  return new AirgapError(isForged ? "SIGNATURE_INVALID" : "SIGNATURE_MISSING", message, {
    hint: isForged
      ? "Get the images and their signatures again from where they were made, and the key on another way than those."
      : "Bring the signatures along (save --referrers, cosign save, oras backup --include-referrers), or have the images signed: cosign sign --key KEY NAME@DIGEST.",
  });
}
