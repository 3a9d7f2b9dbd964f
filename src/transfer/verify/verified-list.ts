import type { Digest } from "../../oci/digest.ts";
import type { SignatureReport } from "../report/report.ts";
import type { VerifiedImage } from "./verify-image.ts";

/** How a list and its images stand. */
export interface VerifiedList {
  readonly source: string;
  /** With the registry in front. */
  readonly title: string;
  /** Of the list; none where there is no such tag. */
  readonly digest?: Digest;
  /** Those of it and of its images that were verified. */
  readonly signatures?: readonly SignatureReport[];
  readonly images: readonly VerifiedImage[];
}
