import type { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { ImageOutcome, Outcome } from "./outcome.ts";
import type { TargetName } from "./target-name.ts";
import type { Notice } from "../../content/notice.ts";

export interface CellReport {
  readonly platform: Platform;
  readonly outcome: Outcome;
  /** Of the manifest. */
  readonly digest?: Digest;
  /** The image ID. */
  readonly config?: Digest;
  readonly archTag?: string;
  /** What that tag named before, where that was something else. */
  readonly previous?: Digest;
  /** The digest that the archive promised for it, where another one was published. */
  readonly originalDigest?: Digest;
  readonly error?: AirgapError;
}

/** A signature of what was published. */
export interface SignatureReport {
  /** What is signed: a list, or an image. */
  readonly subject: Digest;
  /** Of the manifest that the signature is in. */
  readonly digest: Digest;
  /** Who has signed it, where that was verified; nobody has looked at it where there is none. */
  readonly signer?: string;
}

export interface ListReport {
  /** As people write it: `rancher/pause:3.1`. */
  readonly source: string;
  readonly target: TargetName;
  /** With the registry in front. */
  readonly title: string;
  /** The same without the tag. */
  readonly repositoryTitle: string;
  readonly outcome: ImageOutcome;
  readonly cells: readonly CellReport[];
  /** Of the list; none where it was not published. */
  readonly digest?: Digest;
  /** What the tag named before, where that was something else. */
  readonly previous?: Digest;
  /** The index that the archive came with, where another one was published. */
  readonly originalDigest?: Digest;
  /** Whether what is under the tag was made here, so that nobody can have signed it. */
  readonly madeHere?: boolean;
  /** Of what is under the tag, and of its images. */
  readonly signatures?: readonly SignatureReport[];
  readonly error?: AirgapError;
}

export interface LoadTotals {
  readonly lists: number;
  readonly failed: number;
  readonly blobsPushed: number;
  readonly bytesPushed: number;
  readonly blobsMounted: number;
  readonly blobsPresent: number;
  readonly seconds: number;
}

/** The outcome of a run, whole; every output form is made from it. */
export interface LoadReport {
  readonly registry: string;
  /** Whether nothing was sent, only looked at or planned. */
  readonly dryRun: boolean;
  readonly platforms: readonly Platform[];
  readonly lists: readonly ListReport[];
  readonly warnings: readonly Notice[];
  readonly totals: LoadTotals;
}
