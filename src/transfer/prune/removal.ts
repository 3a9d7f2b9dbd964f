import type { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";

/** What can become of a tag or a manifest that was to be deleted. */
export type RemovalOutcome = "deleted" | "kept" | "failed";

/** One tag or manifest that was to be deleted, or would be. */
export interface Removal {
  /** A tag or a digest. */
  readonly reference: string;
  readonly digest: Digest;
  readonly outcome: RemovalOutcome;
  /** Why it stays, or why of a deleted tag the manifest does. */
  readonly because?: string;
  readonly error?: AirgapError;
}

/** What became of one repository. */
export interface TidiedRepository {
  /** Its path within the registry. */
  readonly name: string;
  /** With the registry in front. */
  readonly title: string;
  readonly removals: readonly Removal[];
  /** How many tags are still there. */
  readonly tagsKept: number;
  /** Why nothing of it was deleted. */
  readonly error?: AirgapError;
}
