import type { SourceFacts } from "../../content/image-source.ts";
import type { BlobOutcome } from "../../content/repository.ts";
import type { Notice, OnNotice } from "../../content/notice.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageOutcome } from "./outcome.ts";
import type { TargetName } from "./target-name.ts";
import type { ListReport } from "./report.ts";

/** What happens during a run, told as it happens; the core knows no terminal. */
export type LoadEvent =
  | {
      readonly type: "scanning";
      readonly title: string;
      readonly read: number;
      readonly total: number | undefined;
    }
  | {
      readonly type: "scanned";
      readonly title: string;
      readonly images: number;
      readonly facts: SourceFacts;
    }
  | { readonly type: "uploading"; readonly digest: Digest; readonly size: number; readonly sent: number }
  | {
      readonly type: "blob";
      readonly digest: Digest;
      readonly size: number;
      readonly repository: string;
      readonly outcome: BlobOutcome;
    }
  /** How many images there are to bring, each for one platform. */
  | { readonly type: "planned"; readonly images: number; readonly names: readonly string[] }
  /** An image's blobs are all where it goes. */
  | { readonly type: "prepared"; readonly target: TargetName }
  /** A name stands for what this run brought. */
  | { readonly type: "published"; readonly name: string }
  /** Of so many names, so many were compared with what the registry has. */
  | { readonly type: "checked"; readonly done: number; readonly total: number }
  | { readonly type: "warning"; readonly warning: Notice }
  | { readonly type: "list"; readonly list: ListReport }
  /** An image that was to be copied from registry to registry: done, or failed. */
  | { readonly type: "synced"; readonly title: string; readonly outcome: ImageOutcome };

export type OnEvent = (event: LoadEvent) => void;

/** The one place where what the operator should know becomes an event of the run. */
export function tellNotices(onEvent: OnEvent): OnNotice {
  return (warning) => onEvent({ type: "warning", warning });
}
