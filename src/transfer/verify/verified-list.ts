import type { Digest } from "../../oci/digest.ts";
import type { ImageParts } from "../report/events.ts";
import type { SignatureReport } from "../report/report.ts";
import type { VerifiedImage } from "./verify-image.ts";

/** What is to be checked, looked at so far that it is known how much has to be read for it. */
export interface StartedCheck {
  readonly parts: ImageParts;
  readonly finish: () => Promise<VerifiedList>;
}

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
