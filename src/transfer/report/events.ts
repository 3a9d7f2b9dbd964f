import type { SourceFacts } from "../../content/image-source.ts";
import type { AirgapError } from "../../oci/airgap-error.ts";
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
      /** Each image counted once for each of its names. */
      readonly names: number;
      readonly facts: SourceFacts;
    }
  | (PartOfImage & {
      readonly type: "uploading";
      readonly digest: Digest;
      readonly size: number;
      readonly sent: number;
    })
  | (PartOfImage & {
      readonly type: "blob";
      readonly digest: Digest;
      readonly size: number;
      readonly repository: string;
      readonly outcome: BlobOutcome;
    })
  /** How many images there are to bring, each for one platform, and what they are made of, where that is known. */
  | {
      readonly type: "planned";
      readonly images: number;
      readonly names: readonly string[];
      readonly parts?: ImageParts;
      /** The images as they are called when they are brought, where only that tells what they are made of. */
      readonly titles?: readonly string[];
    }
  /** An image's blobs are being brought where it goes. */
  | { readonly type: "bringing"; readonly image: string; readonly parts: ImageParts }
  /** They are all there, or it failed. */
  | { readonly type: "brought"; readonly image: string; readonly isWhole: boolean }
  /** An image of the plan is ready to be published. */
  | { readonly type: "prepared"; readonly target: TargetName }
  /** A name stands for what this run brought. */
  | { readonly type: "published"; readonly name: string }
  /** Of so many names, so many were compared with what the registry has, this one the last; the first is of none. */
  | {
      readonly type: "checked";
      readonly done: number;
      readonly total: number;
      readonly name?: string;
      readonly isSound?: boolean;
      /** What has to be read of all of them, once that is known; none where nothing is read. */
      readonly bytes?: Pick<Count, "total">;
    }
  | { readonly type: "warning"; readonly warning: Notice }
  | { readonly type: "list"; readonly list: ListReport }
  /** An image that was to be copied from registry to registry: done, or failed. */
  | {
      readonly type: "synced";
      readonly name: string;
      readonly title: string;
      readonly outcome: ImageOutcome;
      readonly error?: AirgapError;
    }
  | ({ readonly type: "progress" } & TaskProgress);

/** Of which image a blob is, where that is known. */
interface PartOfImage {
  readonly image?: string;
  /** Its bytes where it is read from, if these are others than those that are sent. */
  readonly stored?: number;
}

/** What an image is made of. */
export interface ImageParts {
  readonly blobs: number;
  /** Where they are read from. */
  readonly bytes: number;
}

/** How far something is that takes long, besides what has events of its own. A total is never made up. */
export interface TaskProgress {
  readonly activity:
    | "reading"
    | "writing"
    | "reading back"
    | "checking"
    | "looking up"
    | "looking through"
    | "deleting from"
    | "collecting garbage in";
  /** What it is done to. */
  readonly title: string;
  readonly bytes?: Count;
  readonly items?: Count & { readonly noun: string };
  readonly isOver?: boolean;
}

export interface Count {
  readonly done: number;
  readonly total?: number | undefined;
}

export type OnEvent = (event: LoadEvent) => void;

/** The one place where what the operator should know becomes an event of the run. */
export function tellNotices(onEvent: OnEvent): OnNotice {
  return (warning) => onEvent({ type: "warning", warning });
}
