import type { Digest } from "../../oci/digest.ts";
import type { VerifiedImage } from "./verify-image.ts";

/** How a list and its images stand. */
export interface VerifiedList {
  readonly source: string;
  /** With the registry in front. */
  readonly title: string;
  /** Of the list; none where there is no such tag. */
  readonly digest?: Digest;
  readonly images: readonly VerifiedImage[];
}
