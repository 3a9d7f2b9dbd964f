import { NetworkError } from "../http/network-error.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";
import { hopeless, isPassingStatus } from "../http/retry.ts";
import type { UploadForm } from "./upload-ladder.ts";

/** What to do after an upload failed. */
export type UploadVerdict =
  | { readonly act: "give-up" }
  /** The request was too large. */
  | { readonly act: "shrink" }
  /** The registry does not take blobs in this form. */
  | { readonly act: "descend" }
  | UploadRetry;

export interface UploadRetry {
  readonly act: "retry";
  readonly reason: "network" | "status" | "session" | "corrupt" | "signature";
  /** Most failures for this reason. */
  readonly limit: number;
  /** The number of failures after which a form that never worked is held to be the reason. */
  readonly descendAfter: number;
  /** Whether the registry may have the blob nevertheless. */
  readonly ask: boolean;
}

const giveUp: UploadVerdict = { act: "give-up" };
const never = Infinity;
const lost: UploadRetry = { act: "retry", reason: "network", limit: 5, descendAfter: never, ask: true };
const broken: UploadRetry = { ...lost, descendAfter: 2 };
const status: UploadRetry = { act: "retry", reason: "status", limit: 5, descendAfter: never, ask: true };
const deadSession: UploadRetry = { act: "retry", reason: "session", limit: 3, descendAfter: 3, ask: true };
const corrupt: UploadRetry = { act: "retry", reason: "corrupt", limit: 2, descendAfter: never, ask: false };
const signature: UploadRetry = { ...corrupt, reason: "signature" };

/** Judges a failure to send a blob into an opened upload in that form (registry.md 5.4, 5.5). */
export function judgeUploadFailure(error: unknown, form: UploadForm): UploadVerdict {
  if (error instanceof NetworkError) return judgeNetwork(error);
  if (!(error instanceof RegistryRefusal)) return giveUp;
  const { status: code, codes, message } = error.refusal;
  if (code === 413) return { act: "shrink" };
  if (code === 416 && form.kind === "chunks" && /exceed|maximum/i.test(message)) return { act: "shrink" };
  if (code === 416 || codes.some((word) => /^BLOB_UPLOAD_(?:INVALID|UNKNOWN)$/.test(word))) {
    return deadSession;
  }
  if (codes.includes("DIGEST_INVALID")) return corrupt;
  // Chunks cannot be signed anew half-way: the next upload starts with a new token.
  if (code === 401 && form.kind === "chunks") return signature;
  if (code === 404 || code === 405 || code === 411 || code === 501) return { act: "descend" };
  return isPassingStatus(code) ? status : giveUp;
}

function judgeNetwork({ kind }: NetworkError): UploadVerdict {
  if (hopeless.has(kind)) return giveUp;
  return kind === "broken" ? broken : lost;
}
