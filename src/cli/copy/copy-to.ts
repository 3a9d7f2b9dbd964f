import type { Repository, Store } from "../../content/repository.ts";
import { openOciLayout } from "../../storage/directory/oci-layout.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { parseReference } from "../../oci/reference.ts";
import { type CopiedImage, copyImage, type CopyOptions } from "../../transfer/graph/copy-image.ts";
import { copyInFamily, type FormatOptions } from "../../transfer/copy/copy-in-family.ts";
import { copyReferrers } from "../../transfer/copy/copy-referrers.ts";
import { GatheredContent } from "../../transfer/save/gathered-content.ts";
import { type Selection, takeSingle } from "../../transfer/graph/select-images.ts";
import { unlessHidden } from "../../transfer/graph/unless-hidden.ts";
import { compareTag, type ImageOutcome } from "../../transfer/report/outcome.ts";
import { sayUnread } from "../../transfer/format/say-unread.ts";
import { tellNotices } from "../../transfer/report/events.ts";
import { titleTarget } from "../../transfer/report/target-name.ts";
import { type LayoutName, readLayoutName } from "../registries/layout-name.ts";
import type { FileLocation, Location, RegistryLocation } from "../registries/location.ts";
import type { PackedImage } from "../../archive/pack/pack-images.ts";
import { type CopySource, openCopySource } from "../registries/open-copy-source.ts";
import type { RegistryPool } from "../registries/registry-pool.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { sayLeftOut } from "../output/left-out-text.ts";
import type { KnownLayers } from "../../transfer/counted/known-layers.ts";
import { writeImages } from "../files/write-images.ts";

export interface CopyToOptions extends CopyOptions {
  readonly pool: RegistryPool;
  readonly terminal: Terminal;
  readonly referrers: boolean;
  /** What the place has that an archive is for; its layers are left out. */
  readonly known?: KnownLayers | undefined;
  readonly format: FormatOptions;
  readonly signal: AbortSignal;
}

export interface CopyOutcome extends CopiedImage {
  /** Where it is now: `192.168.2.23:5000/rancher/pause:3.1`. */
  readonly title: string;
  /** The same without the tag. */
  readonly repositoryTitle: string;
  /** Its path in a registry or a folder. */
  readonly repository?: string;
  readonly tag?: string;
  readonly outcome: ImageOutcome;
}

/** Copies an image, or a list with all its images, from where it was opened to a registry, a folder or a file. */
export async function copyTo(
  location: Location,
  source: CopySource,
  selection: Selection,
  options: CopyToOptions,
): Promise<CopyOutcome> {
  if (location.transport === "docker") return copyToRegistry(location, source, selection, options);
  if (location.transport !== "docker-archive") tellUnread(selection, options);
  return location.transport === "oci"
    ? copyToLayout(location, source, selection, options)
    : copyToArchive(location, source, selection, options);
}

function tellUnread({ root }: Selection, { format, onEvent }: CopyToOptions): void {
  const text = sayUnread(root.descriptor, format.format);
  if (text !== undefined) tellNotices(onEvent)({ severity: "warning", subject: format.subject, text });
}

async function copyToRegistry(
  { reference }: RegistryLocation,
  source: CopySource,
  selection: Selection,
  options: CopyToOptions,
): Promise<CopyOutcome> {
  const { digest, tag, repository } = reference;
  const { descriptor } = selection.root;
  if (digest !== undefined && digest !== descriptor.digest) throw otherDigest(digest, descriptor.digest);
  const store = await options.pool.store(reference.host);
  await store.checkAccess([repository], options.signal);
  const mountFrom = source.host === reference.host && source.repository ? [source.repository.name] : [];
  return copyToStore(store, { name: repository, tag }, source, selection, { ...options, mountFrom });
}

function otherDigest(wanted: Digest, digest: Digest): AirgapError {
  return new AirgapError(
    "DIGEST_DIFFERS",
    `Cannot copy to digest ${wanted}: what is to be copied has ${digest}`,
    { exit: "usage", hint: "Give a tag to copy to, or copy all platforms, which keeps the digest." },
  );
}

async function copyToLayout(
  { path, name }: FileLocation,
  source: CopySource,
  selection: Selection,
  options: CopyToOptions,
): Promise<CopyOutcome> {
  const target = placeInLayout(name ?? nameInLayout(source));
  await using store = await openOciLayout(path);
  return await copyToStore(store, target, source, selection, options);
}

function nameInLayout({ name }: CopySource): string {
  if (name === undefined) {
    throw usageError("Cannot name the copy: the source has no name", "Give one: oci:FOLDER:NAME:TAG.");
  }
  const { repository, tag } = parseReference(name);
  return `${repository}:${tag}`;
}

function placeInLayout(text: string): LayoutName {
  const place = readLayoutName(text);
  if (place) return place;
  throw usageError(`Cannot use "${text}" as the name of an image in a folder: want NAME or NAME:TAG`);
}

async function copyToStore(
  store: Store,
  { name, tag }: { readonly name: string; readonly tag?: string | undefined },
  source: CopySource,
  selection: Selection,
  options: CopyToOptions,
): Promise<CopyOutcome> {
  const { root } = selection;
  const repository = store.repository(name);
  const target = { repository, ...(tag === undefined ? {} : { tag }) };
  const title = titleTarget(repository.title, tag ?? root.descriptor.digest);
  options.onEvent({ type: "planned", images: 1, names: [title], titles: [title] });
  const before = await unlessHidden(repository.resolve(tag ?? root.descriptor.digest, options.signal));
  const copied = await copyInFamily({ root, content: source.content }, target, options, options.format);
  if (options.referrers) await bringReferrers(root, source, repository, options);
  return {
    ...copied,
    ...target,
    repository: name,
    outcome: compareTag(before?.digest, copied.digest).outcome,
    repositoryTitle: repository.title,
    title: tag === undefined ? repository.title : `${repository.title}:${tag}`,
  };
}

/** An archive is asked for one image; what refers to it has names of its own there, if it is there at all. */
async function bringReferrers(
  root: Manifest | ImageIndex,
  { repository }: CopySource,
  target: Repository,
  options: CopyToOptions,
): Promise<void> {
  if (repository) {
    await copyReferrers(root, repository, target, options);
    return;
  }
  const text =
    "no referrers are looked for in an archive, only attestations; load brings the signatures that it has";
  tellNotices(options.onEvent)({ severity: "warning", text });
}

async function copyToArchive(
  { transport, path, name }: FileLocation,
  source: CopySource,
  selection: Selection,
  options: CopyToOptions,
): Promise<CopyOutcome> {
  const { signal, terminal } = options;
  const docker = transport === "docker-archive";
  const chosen = docker ? await takeSingle(selection, source.content, signal) : selection;
  const { digest } = chosen.root.descriptor;
  const content = new GatheredContent(path);
  await copyImage(chosen.root, source.content, { repository: content }, { onEvent: () => undefined, signal });
  const image = { ...chosen, ...nameInArchive(docker, name, source) };
  const counted = options.known?.leaveOut(content.manifests, content.blobs) ?? [];
  await writeImages({ path, docker }, { images: [image], counted }, content, terminal, options.onEvent);
  if (options.known) {
    tellNotices(options.onEvent)({ severity: "note", subject: path, text: sayLeftOut(counted) });
  }
  if (path !== "-") await readBackArchive({ transport, path, name: undefined }, digest, options);
  const title = `${transport}:${path}`;
  return { digest, title, repositoryTitle: title, outcome: "pushed" };
}

/** In an image layout a name stands as it was typed, a bare tag too, as skopeo has it; docker knows names in full alone. */
function nameInArchive(
  docker: boolean,
  typed: string | undefined,
  source: CopySource,
): Pick<PackedImage, "names" | "refName"> {
  const given = typed ?? source.name;
  if (given === undefined) return { names: [] };
  if (docker || typed === undefined) return { names: [parseReference(given)] };
  return { names: /[/:]/.test(typed) ? [parseReference(typed)] : [], refName: typed };
}

/** Reads the file as others will. Throws `READ_BACK_FAILED`, and what reading an archive throws. */
async function readBackArchive(
  location: FileLocation,
  digest: Digest,
  { pool, terminal, onEvent }: CopyToOptions,
): Promise<void> {
  // What was written here may well unpack to more than what comes from elsewhere.
  const maxInflated = Infinity;
  const options = { pool, terminal, tempDir: undefined, maxInflated, onNotice: () => undefined };
  await using written = await openCopySource(location, { ...options, onEvent, isReadBack: true });
  const found = written.root.descriptor.digest;
  if (found === digest) return;
  throw new AirgapError(
    "READ_BACK_FAILED",
    `Cannot read back "${location.path}": it holds ${found} instead of ${digest}`,
    { hint: "Look at the disk that it was written to, and copy again." },
  );
}
