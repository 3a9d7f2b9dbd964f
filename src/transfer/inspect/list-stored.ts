import pLimit from "p-limit";
import type { Repository } from "../../content/repository.ts";
import { type AirgapError, isReportable } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, isImageManifest, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { subjectKey } from "../../oci/subject-tags.ts";
import { CountTask } from "../report/count-task.ts";
import type { OnEvent } from "../report/events.ts";
import { titleTarget } from "../report/target-name.ts";
import { measureImages } from "./measure-images.ts";

/** What a tag names. */
export interface StoredImage {
  readonly repository: string;
  readonly tag: string;
  /** With the registry in front. */
  readonly title: string;
  readonly digest?: Digest;
  readonly mediaType?: string;
  /** None of what is no image. */
  readonly platforms: readonly StoredPlatform[];
  /** Bytes of all that it names, what its images share counted once. */
  readonly size: number;
  /** The tag of the list that names it as one of its images, or what the tag speaks of: such a tag is no image of its own. */
  readonly partOf?: string;
  readonly error?: AirgapError;
}

export interface StoredPlatform {
  readonly platform: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Tags read at a time. */
const parallelReads = 6;

/** All tags of a repository with what they name; one that cannot be read has its error. */
export async function listStored(
  repository: Repository,
  onEvent: OnEvent,
  signal?: AbortSignal,
): Promise<StoredImage[]> {
  const tags = [...new Set(await repository.listTags(signal))].sort();
  const told = { activity: "looking through", title: repository.title, noun: "tag" } as const;
  const task = new CountTask(told, onEvent, tags.length);
  const found = await pLimit(parallelReads).map(tags, async (tag) => {
    const image = await readStored(repository, tag, signal);
    task.add();
    return image;
  });
  task.end();
  return found.flatMap((image) => (image ? [{ ...image, ...findWhole(image, found) }] : []));
}

async function readStored(
  repository: Repository,
  tag: string,
  signal?: AbortSignal,
): Promise<StoredImage | undefined> {
  const title = titleTarget(repository.title, tag);
  const named = { repository: repository.name, tag, title };
  try {
    const raw = await repository.fetchManifest(tag, signal);
    if (!raw) return undefined;
    const root = parseManifest(raw.bytes, `"${title}"`, raw.descriptor.mediaType);
    const { digest, mediaType } = root.descriptor;
    return { ...named, digest, mediaType, ...(await measure(root, repository, signal)) };
  } catch (error) {
    if (!isReportable(error, signal) || error.exit === "unreachable") throw error;
    return { ...named, platforms: [], size: 0, error };
  }
}

async function measure(
  root: Manifest | ImageIndex,
  repository: Repository,
  signal?: AbortSignal,
): Promise<Pick<StoredImage, "platforms" | "size">> {
  if (root.kind === "manifest" && !isImageManifest(root)) {
    const parts = [root.descriptor, root.config, ...root.layers];
    return { platforms: [], size: parts.reduce((sum, { size }) => sum + size, 0) };
  }
  const { images, total } = await measureImages(root, repository, signal);
  return {
    platforms: images.map(({ platform, manifest, size }) => ({
      platform: formatPlatform(platform),
      digest: manifest.descriptor.digest,
      size,
    })),
    size: total,
  };
}

/** Only a tag that is on one of the list's own images is its part, whatever it is called. */
function findWhole(
  { tag, digest }: StoredImage,
  all: readonly (StoredImage | undefined)[],
): Pick<StoredImage, "partOf"> {
  const subject = subjectKey(tag);
  if (subject !== undefined) return { partOf: subject.replace("-", ":") };
  const list = all.find(
    (other) =>
      other !== undefined &&
      other.digest !== digest &&
      tag.startsWith(`${other.tag}-`) &&
      other.platforms.some((platform) => platform.digest === digest),
  );
  return list ? { partOf: list.tag } : {};
}
