import type { Platform } from "../../oci/platform.ts";
import type { Reference } from "../../oci/reference.ts";

/** A list as a file of manifest-tool describes it. */
export interface ListSpec {
  readonly image: Reference;
  /** Besides the one in `image`. */
  readonly tags: readonly string[];
  readonly annotations: ReadonlyMap<string, string>;
  readonly manifests: readonly SpecImage[];
}

export interface SpecImage {
  readonly image: Reference;
  /** None where its config says it. */
  readonly platform: Platform | undefined;
}
