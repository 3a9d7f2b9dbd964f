import type { ImageSource, SourceImage } from "../../content/image-source.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Reference } from "../../oci/reference.ts";

/** An archive with what the operator said of it. */
export interface GivenSource {
  readonly source: ImageSource;
  /** From `--arm64 FILE` or `--archive PLATFORM=FILE`; none for a bare FILE. */
  readonly flag?: Platform;
}

/** An image whose platform is settled and whose names are read. */
export interface PlannedImage {
  readonly given: GivenSource;
  readonly sourceImage: SourceImage;
  readonly platform: Platform;
  /** What will be published: the image's own, or the repaired one. */
  readonly config: ImageConfig;
  /** Whether the image's own manifest goes up byte for byte. */
  readonly keepsManifest: boolean;
  readonly references: readonly Reference[];
}

/** An image as a part of one list. */
export interface PlannedEntry {
  readonly image: PlannedImage;
  /** Tag of this child alone; none pushes it by digest. */
  readonly archTag?: string;
}
