import type { Digest } from "../oci/digest.ts";

/** A layer that an archive leaves out, since the place that it is for has it. */
export interface CountedLayer {
  /** Of the blob, as that place has it. */
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** Repositories of that place that have it, as far as an inventory tells. */
  readonly repositories: readonly string[];
  /** Images that had it in an archive that was loaded there, by their names outside. */
  readonly names: readonly string[];
  /** Whether it was known by its diffID alone: then its bytes are to be looked into before they are used. */
  readonly byDiffID: boolean;
}
