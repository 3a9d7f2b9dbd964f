import type { ArchTags, ManifestFormat, OnExisting } from "../../content/option-words.ts";
import type { Repository } from "../../content/repository.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { AirgapError } from "../../oci/airgap-error.ts";
import type { Family } from "../../oci/media-type.ts";
import type { WhyListKept } from "../format/list-kept.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { Child } from "./child.ts";
import type { InspectLayer } from "./existing-tag.ts";
import type { FirstLook } from "./siblings.ts";
import type { UploadOptions } from "./upload-image.ts";
import type { SignedOptions } from "../trust/signed-options.ts";
import type { OnNotice } from "../../content/notice.ts";

export interface PublishOptions extends UploadOptions {
  readonly format: ManifestFormat;
  /** Of manifests that are made here, where nothing asks for another. */
  readonly ownFamily: Family;
  /** Of the registry that takes no other family than `format`; none where the operator asked for that. */
  readonly refusal?: AirgapError;
  readonly whyKept: WhyListKept;
  /** Whether nothing may be published with another digest than the archives promise. */
  readonly preserveDigests: boolean;
  readonly onExisting: OnExisting;
  readonly archTag?: string;
  readonly archTags: ArchTags;
  readonly require: readonly Platform[];
  readonly strict: boolean;
  readonly inspectLayer: InspectLayer;
  readonly onNotice: OnNotice;
  /** Who must have signed what is published; none publishes whatever is planned. */
  readonly signed?: SignedOptions;
}

/** A list whose children's blobs are all in the repository. */
export interface PreparedList {
  readonly list: PlannedList;
  readonly repository: Repository;
  readonly first: FirstLook;
  readonly children: ReadonlyMap<PlannedEntry, Child>;
}

/** A list whose children are pushed, ready to go under its tag. */
export interface StagedList extends PreparedList {
  readonly pushed: ReadonlyMap<PlannedEntry, Manifest>;
}
