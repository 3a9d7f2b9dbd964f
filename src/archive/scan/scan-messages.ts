import { AirgapError, type ExitKind } from "../../oci/airgap-error.ts";
import type { ErrorCode } from "../../oci/error-code.ts";
import type { ArchiveIndex } from "../index/archive-index.ts";
import type { ScanSettings } from "../index/scan-options.ts";

export type MessageToScan =
  /** To scan the file at the path, or what comes as chunks, with hashes made in a thread beside it; one scan at a time. */
  | {
      readonly type: "scan";
      readonly path: string | undefined;
      readonly settings: ScanSettings;
      readonly hashesBeside: boolean;
    }
  | { readonly type: "chunk"; readonly bytes: Uint8Array }
  | { readonly type: "end" }
  | { readonly type: "failed"; readonly error: ErrorData };

export type MessageFromScan =
  | { readonly type: "progress"; readonly read: number; readonly total: number | undefined }
  /** So many bytes of what was sent are used up. */
  | { readonly type: "used"; readonly size: number }
  | { readonly type: "done"; readonly index: ArchiveIndex }
  | { readonly type: "failed"; readonly error: ErrorData };

/** An error as plain data: what structured cloning would leave of ours is a bare `Error`. */
export interface ErrorData {
  readonly message: string;
  readonly stack: string | undefined;
  readonly airgap?: { readonly code: ErrorCode; readonly exit: ExitKind; readonly hint: string | undefined };
}

export function errorToData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined };
  const { message, stack } = error;
  if (!(error instanceof AirgapError)) return { message, stack };
  return { message, stack, airgap: { code: error.code, exit: error.exit, hint: error.hint } };
}

/** The error again; what was its stack over there is its cause's. */
export function errorFromData({ message, stack, airgap }: ErrorData): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  if (!airgap) return cause;
  const { code, exit, hint } = airgap;
  return new AirgapError(code, message.split("\n"), { exit, hint: hint?.split("\n"), cause });
}
