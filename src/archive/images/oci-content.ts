import type { SourceArtifact } from "../../content/image-source.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { AnnotatedNames } from "./image-names.ts";
import type { UnnamedImage } from "./oci-image.ts";

/** What the `index.json` of an archive leads to. */
export interface OciContent {
  readonly images: readonly OciImage[];
  readonly artifacts: readonly OciArtifact[];
  /** The roots that are images or lists of them. */
  readonly subjects: readonly RootSubject[];
  /** Configs of images that are left out because their layers are not in the archive. */
  readonly leftOut: ReadonlySet<Digest>;
}

export interface OciImage {
  readonly image: UnnamedImage;
  readonly names: AnnotatedNames;
}

export interface OciArtifact {
  readonly artifact: SourceArtifact;
  readonly names: AnnotatedNames;
  /** As `index.json` lists it. */
  readonly entries: readonly Descriptor[];
  /** Whether it belongs to an image, and may have that one's name, as hauler's signatures do. */
  readonly isCompanion: boolean;
}

/** An image or a list at the root of an `index.json`, which others there may speak of. */
export interface RootSubject {
  readonly digest: Digest;
  readonly names: readonly string[];
}
