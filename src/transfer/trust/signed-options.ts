import type { OnNotice } from "../../content/notice.ts";
import type { OnExisting } from "../../content/option-words.ts";
import type { FindSignatures } from "./find-signatures.ts";
import type { Trust } from "./trust.ts";

/** How what a load publishes is judged. */
export interface SignedOptions {
  readonly trust: Trust;
  /** What the archives hold. */
  readonly find: FindSignatures;
  readonly onExisting: OnExisting;
  readonly onNotice: OnNotice;
  readonly signal?: AbortSignal;
}
