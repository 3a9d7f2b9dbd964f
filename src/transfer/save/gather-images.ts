import pLimit from "p-limit";
import type { Repository } from "../../content/repository.ts";
import { AirgapError, detailOf } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import { convertAsked, type ReadableImage } from "../copy/copy-in-family.ts";
import { sayUnread } from "../format/say-unread.ts";
import { whyAllKept } from "../format/kept-digest.ts";
import type { ManifestFormat } from "../../content/option-words.ts";
import { copyImage } from "../graph/copy-image.ts";
import { findReferrers } from "../graph/find-referrers.ts";
import { hasPlatforms } from "../graph/has-platforms.ts";
import { type OnEvent, tellNotices } from "../report/events.ts";
import { gatherAttestations } from "./gather-attestations.ts";
import { GatheredContent } from "./gathered-content.ts";
import { type Selection, selectImages, takeSingle } from "../graph/select-images.ts";
import type { UploadBlobOptions } from "../graph/upload-blob.ts";

/** An image to be saved. */
export interface WantedImage {
  /** What it is called in the archive. */
  readonly name: Reference;
  /** Where a list of images has it, for people. */
  readonly where?: string | undefined;
  /** Where it is read from. */
  readonly repository: Repository;
  /** What it is there: the same whenever it is asked, so that archives for several platforms are of one release. */
  readonly root: () => Promise<Manifest | ImageIndex>;
}

export interface GatherOptions {
  /** None takes all that there are. */
  readonly platforms: readonly Platform[];
  /** One image of each name, and no lists; what is no image comes as it is. */
  readonly single: boolean;
  /** Whether what refers to the images comes with them. */
  readonly referrers: boolean;
  /** Whether an image may be missing platforms, with a warning; one that has none of them is left out. */
  readonly allowMissing: boolean;
  /** `auto` keeps images as they are. */
  readonly format: ManifestFormat;
  readonly preserveDigests: boolean;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

export interface GatheredImage extends Selection {
  readonly names: readonly Reference[];
}

/** A signature or the like, which goes where its image goes. */
export interface GatheredReferrer {
  readonly root: Manifest | ImageIndex;
  readonly subject: Digest;
  /** Cosign's, which stands for naming the subject. */
  readonly tag?: string;
  /** Of the image that it was found beside. */
  readonly name: Reference;
}

export interface GatheredImages {
  readonly images: readonly GatheredImage[];
  readonly referrers: readonly GatheredReferrer[];
  /** All manifests, and how to open every blob. */
  readonly content: GatheredContent;
}

/** Images whose manifests are read at a time. */
const parallelImages = 6;

/**
 * Reads the manifests of images and finds all their blobs, which are left where they are until they are opened. Names that
 * lead to the same image share it. Throws `IMAGE_NOT_FOUND` and `PLATFORM_MISSING` for all images of which that holds, or
 * `SEVERAL_PLATFORMS`.
 */
export async function gatherImages(
  wanted: readonly WantedImage[],
  options: GatherOptions,
): Promise<GatheredImages> {
  const content = new GatheredContent("the images to save");
  const limit = pLimit(parallelImages);
  const missing: MissingImage[] = [];
  const task = { type: "progress", activity: "looking up", title: "images" } as const;
  let done = 0;
  const selections = await Promise.all(
    wanted.map((image) =>
      limit(async () => {
        const onMissing = (error: AirgapError): void => void missing.push({ ...image, error });
        const gathered = await gatherImage(image, content, { ...options, onMissing });
        options.onEvent({ ...task, items: { noun: "image", done: ++done, total: wanted.length } });
        return gathered;
      }),
    ),
  );
  options.onEvent({ ...task, isOver: true });
  if (missing.length > 0) throw joinMissing(missing, wanted.length);
  const images = new Map<string, GatheredImage>();
  const referrers: GatheredReferrer[] = [];
  for (const [at, { name }] of wanted.entries()) {
    const gathered = selections[at];
    if (!gathered) continue;
    const { selection } = gathered;
    const key = `${selection.root.descriptor.digest} ${selection.whole?.descriptor.digest}`;
    images.set(key, { ...selection, names: [...(images.get(key)?.names ?? []), name] });
    for (const referrer of gathered.referrers) referrers.push({ ...referrer, name });
  }
  if (images.size === 0) throw nothingLeft(options);
  return { images: [...images.values()], referrers, content };
}

interface Gathered {
  readonly selection: Selection;
  readonly referrers: readonly Omit<GatheredReferrer, "name">[];
}

async function gatherImage(
  image: WantedImage,
  content: GatheredContent,
  options: GatherOptions & { readonly onMissing: (error: AirgapError) => void },
): Promise<Gathered | undefined> {
  const { allowMissing, onEvent } = options;
  const warn = (text: string): void => {
    const warning = { severity: "warning", subject: formatReference(image.name), text } as const;
    tellNotices(onEvent)(warning);
  };
  try {
    const { content: source, ...selection } = await inFormat(
      await select(image, options, warn),
      image,
      options,
    );
    const copying = { onEvent: () => undefined, signal: options.signal };
    await copyImage(selection.root, source, { repository: content }, copying);
    await gatherAttestations(selection, image.repository, content, copying);
    const unread = options.single ? undefined : sayUnread(selection.root.descriptor, options.format);
    if (unread !== undefined) warn(unread);
    const referrers = options.referrers ? await gatherReferrers(selection, image, content, copying) : [];
    return { selection, referrers };
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    if (error.code === "PLATFORM_MISSING" && allowMissing) warn(`left out: ${detailOf(error)}`);
    else if (error.code === "PLATFORM_MISSING" || error.code === "IMAGE_NOT_FOUND") options.onMissing(error);
    else throw error;
    return undefined;
  }
}

async function select(
  { repository, root }: WantedImage,
  { platforms, single, allowMissing, signal }: GatherOptions,
  warn: (text: string) => void,
): Promise<Selection> {
  const whole = await root();
  if (!(await hasPlatforms(whole, repository, signal))) return { root: whole };
  const choice = { platforms, attestations: false, signal, ...(allowMissing ? { onMissing: warn } : {}) };
  const chosen = await selectImages(whole, repository, choice);
  return single ? takeSingle(chosen, repository, signal) : chosen;
}

/** The list that an image was chosen from is not that of its conversion. */
async function inFormat(
  { whole, ...selection }: Selection,
  { name, repository }: WantedImage,
  { format, preserveDigests, referrers, onEvent, signal }: GatherOptions,
): Promise<Selection & ReadableImage> {
  const image = { root: selection.root, content: repository };
  const converted = await convertAsked(image, {
    format,
    held: whyAllKept({ preserveDigests }),
    pinned: name.digest,
    chosenFrom: whole?.descriptor.digest,
    referrers: referrers ? repository : undefined,
    subject: formatReference(name),
    onNotice: tellNotices(onEvent),
    signal,
  });
  const isSame = converted.root === selection.root;
  return { ...selection, ...converted, ...(isSame && whole ? { whole } : {}) };
}

/** What refers to the chosen images, and to the list that they were chosen from. */
async function gatherReferrers(
  { root, whole }: Selection,
  { repository }: WantedImage,
  content: GatheredContent,
  options: UploadBlobOptions,
): Promise<Gathered["referrers"]> {
  const children = root.kind === "index" ? root.manifests : [];
  const subjects = [...(whole ? [whole.descriptor] : []), root.descriptor, ...children];
  const digests = subjects.map(({ digest }) => digest);
  const gathered: Omit<GatheredReferrer, "name">[] = [];
  for await (const { subject, listed, tagged } of findReferrers(digests, repository, options.signal)) {
    for (const manifest of listed) gathered.push({ root: manifest, subject });
    for (const { tag, manifest } of tagged) gathered.push({ root: manifest, subject, tag });
  }
  for (const referrer of gathered) {
    await copyImage(referrer.root, repository, { repository: content }, options);
  }
  return gathered;
}

interface MissingImage extends Pick<WantedImage, "where"> {
  readonly error: AirgapError;
}

/** All of them at once, so that a list of names is mended once. */
function joinMissing(missing: readonly MissingImage[], wanted: number): AirgapError {
  const [{ error }] = missing as [MissingImage];
  const messages = missing.map(tellMissing).sort();
  return new AirgapError(
    error.code,
    messages.length === 1
      ? messages
      : [`Cannot save ${missing.length} of ${wanted} images:`, ...messages.map((message) => `  ${message}`)],
    { exit: error.exit, hint: messages.length === 1 ? error.hint : undefined },
  );
}

function tellMissing({ where, error }: MissingImage): string {
  return where === undefined ? error.message : `${error.message} (${where})`;
}

function nothingLeft({ platforms }: GatherOptions): AirgapError {
  const wanted = platforms.map(formatPlatform).join(", ");
  return new AirgapError("PLATFORM_MISSING", `Cannot save anything: none of the images has ${wanted}`);
}
