import pLimit from "p-limit";
import type { Repository } from "../../content/repository.ts";
import { type AirgapError, isReportable } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Reference } from "../../oci/reference.ts";
import type { CopiedImage } from "../graph/copy-image.ts";
import { convertAsked, copyInFamily, foresee, type FormatOptions } from "../copy/copy-in-family.ts";
import { whyAllKept } from "../format/kept-digest.ts";
import type { ArchTags, ManifestFormat } from "../../content/option-words.ts";
import { copyReferrers } from "../copy/copy-referrers.ts";
import { makesTags } from "../graph/tag-children.ts";
import { tagListed } from "../graph/tag-listed.ts";
import { fetchRoot } from "../graph/fetch-root.ts";
import { tellNotices } from "../report/events.ts";
import { tellTogether } from "../report/tell-together.ts";
import { compareTag, type ImageOutcome } from "../report/outcome.ts";
import type { SignatureReport } from "../report/report.ts";
import { findInRepository } from "../trust/find-signatures.ts";
import { describeRoot, type DistrustedRoot, judgeRoot, refuseDistrusted } from "../trust/judge-root.ts";
import type { Trust } from "../trust/trust.ts";
import { type Selection, selectImages } from "../graph/select-images.ts";
import type { UploadOptions } from "../load/upload-image.ts";

/** An image and where a copy of it is to be. */
export interface SyncItem {
  /** As the operator wrote it. */
  readonly name: string;
  readonly source: { readonly repository: Repository; readonly reference: Reference };
  /** Without a tag the copy goes under its digest. */
  readonly target: { readonly repository: Repository; readonly tag?: string };
  /** Whether both are repositories of the same store. */
  readonly isSameStore: boolean;
}

export interface SyncedImage {
  readonly name: string;
  /** With the registry in front. */
  readonly title: string;
  /** The same without the tag. */
  readonly repositoryTitle: string;
  /** Its path within the registry. */
  readonly repository: string;
  /** None where it goes under its digest. */
  readonly tag?: string;
  readonly outcome: ImageOutcome;
  /** Of the copy; none where it failed. */
  readonly digest?: Digest;
  /** What the tag named before, where that was something else. */
  readonly previous?: Digest;
  /** Those of it and of its images that were verified. */
  readonly signatures?: readonly SignatureReport[];
  readonly error?: AirgapError;
}

export interface SyncOptions extends Pick<UploadOptions, "onEvent"> {
  /** None copies whole lists. */
  readonly platforms: readonly Platform[];
  readonly referrers: boolean;
  /** Whether an image may be missing platforms, with a warning, as long as it has one of them. */
  readonly allowMissing: boolean;
  /** When the images of a list get tags of their own, default `auto`. */
  readonly archTags?: ArchTags;
  /** Default `auto`: images stay as they are, unless the registry refuses their media types. */
  readonly format?: ManifestFormat;
  readonly preserveDigests?: boolean;
  /** Looks and sends nothing. */
  readonly dryRun: boolean;
  /** Judges all images before anything is sent; none copies what is not signed. */
  readonly trust?: Trust;
  readonly signal: AbortSignal;
}

/** Images under way at a time; how many blobs go up at once is the store's to limit. */
const parallelImages = 4;

/**
 * Copies images from registry to registry. One that is there already is left alone, and one that fails stops no other. Throws
 * `SIGNATURE_MISSING` or `SIGNATURE_INVALID` for all that are not to be trusted, before anything is sent.
 */
export async function syncImages(
  items: readonly SyncItem[],
  options: SyncOptions,
): Promise<readonly SyncedImage[]> {
  return tellTogether(options.onEvent, (onEvent) => syncAll(items, { ...options, onEvent }));
}

async function syncAll(items: readonly SyncItem[], options: SyncOptions): Promise<readonly SyncedImage[]> {
  const [names, titles] = [items.map(({ name }) => name), items.map(titleOf)];
  options.onEvent({ type: "planned", images: items.length, names, titles });
  const limit = pLimit(parallelImages);
  const distrusted = await limit.map(items, (item) => judgeOrLeave(item, options));
  const error = refuseDistrusted(distrusted.flat());
  if (error) throw error;
  return Promise.all(
    items.map((item) =>
      limit(async () => {
        const synced = await syncOrTell(item, options);
        if (!options.dryRun) {
          const { name, title, outcome, error } = synced;
          options.onEvent({ type: "synced", name, title, outcome, ...(error ? { error } : {}) });
        }
        return synced;
      }),
    ),
  );
}

async function syncOrTell(item: SyncItem, options: SyncOptions): Promise<SyncedImage> {
  const { repository, tag } = item.target;
  const title = titleOf(item);
  const place = { repository: repository.name, ...(tag === undefined ? {} : { tag }) };
  const named = { name: item.name, title, repositoryTitle: repository.title, ...place };
  try {
    options.signal.throwIfAborted();
    return { ...named, ...(await syncImage(item, options)) };
  } catch (error) {
    if (!isReportable(error, options.signal)) throw error;
    return { ...named, outcome: "failed", error };
  }
}

function titleOf({ target: { repository, tag } }: SyncItem): string {
  return tag === undefined ? repository.title : `${repository.title}:${tag}`;
}

type Synced = Pick<SyncedImage, "outcome" | "digest" | "previous" | "signatures">;

/** What cannot be read now is told when its turn comes, and judged then. */
async function judgeOrLeave(item: SyncItem, options: SyncOptions): Promise<readonly DistrustedRoot[]> {
  if (!options.trust) return [];
  try {
    return await judgeItem(item, await chooseImages(item, options), options.trust, options.signal);
  } catch (error) {
    if (isReportable(error, options.signal)) return [];
    throw error;
  }
}

async function judgeItem(
  { name, source }: SyncItem,
  selection: Selection,
  trust: Trust,
  signal: AbortSignal,
): Promise<readonly DistrustedRoot[]> {
  const from = { title: name, name: source.reference, find: findInRepository(source.repository) };
  const isMade = selection.root.kind === "index" && selection.whole !== undefined;
  return judgeRoot(
    await describeRoot(selection.root, isMade, source.repository, from, signal),
    trust,
    signal,
  );
}

async function chooseImages({ name, source }: SyncItem, options: SyncOptions): Promise<Selection> {
  const { platforms, referrers, allowMissing, onEvent, signal } = options;
  const whole = await fetchRoot(source.repository, source.reference, signal);
  const onMissing = (text: string): void =>
    tellNotices(onEvent)({ severity: "warning", subject: name, text });
  const choice = { platforms, attestations: referrers, signal, ...(allowMissing ? { onMissing } : {}) };
  return selectImages(whole, source.repository, choice);
}

async function syncImage(item: SyncItem, options: SyncOptions): Promise<Synced> {
  const { source, target, isSameStore } = item;
  const { platforms, referrers, archTags = "auto", dryRun, onEvent, signal, trust } = options;
  const formatting = readFormat(item, options);
  const wholes = platforms.length === 0 && !referrers && !trust && formatting.format === "auto";
  const same = wholes ? await findSame(item, signal) : undefined;
  if (same) {
    if (!dryRun) await tagThere(target, same, archTags, signal);
    return { outcome: "unchanged", digest: same };
  }
  const selection = await chooseImages(item, options);
  // Its tag may have moved since all were judged.
  const error = trust && refuseDistrusted(await judgeItem(item, selection, trust, signal));
  if (error) throw error;
  const { root } = selection;
  const subjects = new Set(
    [root.descriptor, ...(root.kind === "index" ? root.manifests : [])].map((one) => one.digest),
  );
  const signed = trust ? { signatures: trust.verified(subjects) } : {};
  const image = await convertAsked({ root, content: source.repository }, formatting);
  const { digest: wanted } = image.root.descriptor;
  const before = await target.repository.resolve(target.tag ?? wanted, signal);
  const copying = { mountFrom: isSameStore ? [source.repository.name] : [], onEvent, signal };
  const copy = (): Promise<CopiedImage> => copyInFamily(image, target, { ...copying, archTags }, formatting);
  if (before?.digest === wanted && !dryRun) await tagThere(target, wanted, archTags, signal);
  const isSettled = dryRun || before?.digest === wanted;
  const { digest } = isSettled ? await foresee(image, before?.digest, signal) : await copy();
  if (referrers && !dryRun) await copyReferrers(root, source.repository, target.repository, copying);
  return { ...compareTag(before?.digest, digest), digest, ...signed };
}

/** A name that has a digest is asked for by it. */
function readFormat({ name, source }: SyncItem, options: SyncOptions): FormatOptions {
  const { format = "auto", referrers, onEvent, signal } = options;
  return {
    format,
    held: whyAllKept(options),
    pinned: source.reference.digest,
    referrers: referrers ? source.repository : undefined,
    subject: name,
    onNotice: tellNotices(onEvent),
    signal,
  };
}

/** A list that is there already may lack tags that protect its images. */
async function tagThere(
  { repository, tag }: SyncItem["target"],
  digest: Digest,
  archTags: ArchTags,
  signal: AbortSignal,
): Promise<void> {
  if (tag === undefined || !(await makesTags(repository, archTags))) return;
  const root = await fetchRoot(repository, { digest }, signal);
  await tagListed({ repository, tag, root, previous: digest }, archTags, signal);
}

/** Registries that count pulls do not count questions: what is there already is found without fetching a manifest. */
async function findSame({ source, target }: SyncItem, signal: AbortSignal): Promise<Digest | undefined> {
  const { tag = "latest", digest } = source.reference;
  const wanted = await source.repository.resolve(digest ?? tag, signal);
  const there = wanted && (await target.repository.resolve(target.tag ?? wanted.digest, signal));
  return there?.digest === wanted?.digest ? there?.digest : undefined;
}
