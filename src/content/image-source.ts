import type { LayerContents } from "./layer-contents.ts";
import type { AirgapError } from "../oci/airgap-error.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { ImageConfig } from "../oci/image-config.ts";
import type { ImageIndex, Manifest } from "../oci/manifest.ts";
import type { LayerCompression } from "../oci/media-type.ts";
import type { Platform } from "../oci/platform.ts";
import type { Notice } from "./notice.ts";
import type { OpenableBlob, Opener } from "./repository.ts";

/** Something that images are loaded from, read once to the end and checked: an archive, or an unpacked OCI layout. */
export interface ImageSource extends AsyncDisposable {
  /** For people: the file as it was given, or `standard input`. */
  readonly title: string;
  readonly facts: SourceFacts;
  readonly images: readonly SourceImage[];
  /** Manifests that are not images and have a tag of their own, such as cosign's `sha256-<hex>.sig` (decision 13). */
  readonly artifacts: readonly NamedArtifact[];
  /** What refers to images: signatures, SBOMs. */
  readonly referrers: readonly SourceReferrer[];
  /** What the source lists and cannot give; everything else in it is good. */
  readonly faults: readonly SourceFault[];
  /** What was left out, and odd things met, a clause each. */
  readonly notices: readonly Notice[];
  /** Images of earlier archives that it counts on its target having, where it is a difference to these. */
  readonly expected?: readonly ExpectedImage[];
  /** Gives back the temp files that only this image needed, once its manifest is accepted. */
  release(image: SourceImage): Promise<void>;
}

/** An image that is not in a source, and has to be at its target already. */
export interface ExpectedImage {
  /** As they were written. */
  readonly names: readonly string[];
  readonly digest: Digest;
}

export interface SourceFacts {
  /** Who wrote it, as far as its form tells: `Docker 1.10-24`, `containerd`, `podman or skopeo`. */
  readonly writer: string;
  /** `none`, `gzip`, `zstd`, ... around the whole archive. */
  readonly compression: string;
  /** Size in bytes as read from disk or standard input. */
  readonly size: number;
  /** Hex sha256 of the file itself, for `--checksums`. */
  readonly sha256: string | undefined;
  /** The files that it was read from and their sums, in order, where it lies in several. */
  readonly files?: readonly { readonly name: string; readonly sha256: string }[];
  /** Where the images are, unless all of it is one archive of images. */
  readonly parts?: readonly SourcePart[];
}

/** A place in a bundle where images are. */
export interface SourcePart {
  /** The path of a folder, or of an archive inside, with a slash at its end. */
  readonly where: string;
  /** `an archive of docker save`, `a registry's storage`. */
  readonly kind: string;
  readonly images: number;
}

/** Something about an image that its user should know. */
export interface SourceRemark {
  readonly text: string;
  /** Whether it does harm where the image is run. */
  readonly isHarm: boolean;
}

/** One item of a source that cannot be used. */
export interface SourceFault {
  /** As they were written, most trusted first; none for an image saved by ID. */
  readonly names: readonly string[];
  /** Of its config or of its manifest, where that is known. */
  readonly digest?: Digest;
  /** What is wrong with it, with the source's name in the message. */
  readonly error: AirgapError;
  /** Whether its bytes are not what was promised: then nothing of the source is to be trusted where the item is wanted. */
  readonly isDamage: boolean;
}

/** One image for one platform. */
export interface SourceImage {
  /** Names as they were written, most trusted first; none for an image saved by ID. */
  readonly names: readonly string[];
  /** Tags without a repository, which name nothing by themselves. */
  readonly tags?: readonly string[];
  /** What is odd about it, a clause each. */
  readonly remarks?: readonly SourceRemark[];
  readonly config: ImageConfig;
  /** Base layer first; one for each of the config's diffIDs. */
  readonly layers: readonly SourceLayer[];
  /** The image's own manifest, where the source has one that holds for its layers: goes up byte for byte. */
  readonly manifest?: Manifest;
  /** What the descriptor in an index says of its platform. */
  readonly claimedPlatform?: Platform;
  /** The index that lists it, shared by all images it lists. */
  readonly index?: SourceIndex;
  /** The index that it was chosen from, where the source says so. */
  readonly whole?: SourceIndex;
}

export interface SourceIndex {
  readonly manifest: ImageIndex;
  /** Whether all that it lists is in the source, blobs included: only then can it go up byte for byte (decision 8). */
  readonly complete: boolean;
  /** Its children that are not images and that are in the source: attestations. */
  readonly attestations: readonly SourceArtifact[];
}

/** What is no image and goes up as it is: a manifest, or an index of such. */
export interface SourceArtifact {
  readonly manifest: Manifest | ImageIndex;
  /** Of all its manifests. */
  readonly blobs: readonly OpenableBlob[];
  /** What an index lists and that lists in turn, each before what lists it. */
  readonly parts?: readonly (Manifest | ImageIndex)[];
}

/** A manifest about another one, which goes where that goes. */
export interface SourceReferrer extends SourceArtifact {
  readonly subject: Digest;
  /** Cosign's `sha256-<hex>.sig`, which stands for naming the subject. */
  readonly tag?: string;
  /** Of the repository or the image that it was found beside, as written; none where it may be any that has the subject. */
  readonly names: readonly string[];
}

export interface NamedArtifact extends SourceArtifact {
  readonly names: readonly string[];
}

export interface SourceLayer {
  /** Digest of the uncompressed tar, checked; undefined for a foreign layer whose bytes are not there. */
  readonly diffID: Digest | undefined;
  /** As the image's own manifest lists it, where it has one, or as `LayerSources` describes a foreign layer. */
  readonly descriptor?: Descriptor;
  readonly contents: LayerContents;
  /** As it stands in the source, for people; absent where the bytes are not there. */
  readonly stored?: StoredLayer;
  /** Of a layer that is not in the source, and has to be at its target already: where it was when the source was written. */
  readonly expected?: ExpectedBlob;
  /** The bytes to push; compresses first where that is needed. Absent for a foreign layer that is not to be pushed. */
  readonly blob?: (options?: LayerBlobOptions) => Promise<LayerBlob>;
}

export interface LayerBlobOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether `release` will be called, so that what has to be made need not all be kept at a time. */
  readonly releases?: boolean;
}

export interface ExpectedBlob extends BlobHolders {
  readonly descriptor: Descriptor;
}

/** Who had a blob that a source leaves out. */
export interface BlobHolders {
  /** Repositories as they were written. */
  readonly repositories: readonly string[];
  /** Repositories of the target itself, by their paths there. */
  readonly paths?: readonly string[];
  /** Whether it was known by its diffID alone: then its bytes are to be looked into before they are used. */
  readonly byDiffID?: boolean;
}

export interface StoredLayer {
  /** In bytes. */
  readonly size: number;
  readonly compression: LayerCompression;
}

export interface LayerBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly compression: LayerCompression;
  readonly open: Opener;
  /** Gives temp disk back when the bytes were sent, or will not be; who opens it after that waits until they are made again. */
  readonly release?: () => Promise<void>;
}
