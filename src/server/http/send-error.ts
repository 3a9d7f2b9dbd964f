import type { ServerResponse } from "node:http";
import { AirgapError } from "../../oci/airgap-error.ts";
import { sendJson } from "./exchange.ts";
import { RegistryError, type RegistryErrorCode } from "./registry-error.ts";
import { isFileError } from "../../content/file-error.ts";

type Refusal = readonly [status: number, code: RegistryErrorCode, headers?: Readonly<Record<string, string>>];

const refusals = new Map<string, Refusal>([
  ["DIGEST_MISMATCH", [400, "DIGEST_INVALID"]],
  ["DIGEST_INVALID", [400, "MANIFEST_INVALID"]],
  ["JSON_INVALID", [400, "MANIFEST_INVALID"]],
  ["MANIFEST_INVALID", [400, "MANIFEST_INVALID"]],
  ["MANIFEST_BLOB_UNKNOWN", [400, "MANIFEST_BLOB_UNKNOWN"]],
  ["SIZE_INVALID", [400, "SIZE_INVALID"]],
  ["BLOB_UNKNOWN", [404, "BLOB_UNKNOWN"]],
  ["UPLOAD_UNKNOWN", [404, "BLOB_UPLOAD_UNKNOWN"]],
  ["UPLOAD_BUSY", [409, "BLOB_UPLOAD_INVALID"]],
  ["TOO_MANY_UPLOADS", [503, "TOOMANYREQUESTS", { "retry-after": "5" }]],
]);

/**
 * Answers with an error in the specification's form (spec.md#error-codes). Where the answer has begun already, the
 * connection is cut, so that nobody takes half of it for all. Gives the error back where it is not the client's doing.
 */
export function sendError(response: ServerResponse, error: unknown): unknown {
  const refusal = toRegistryError(error);
  if (response.headersSent || response.destroyed) {
    response.destroy();
  } else {
    forgetContent(response);
    sendJson(
      response,
      refusal.status,
      { errors: [{ code: refusal.code, message: refusal.message }] },
      refusal.headers,
    );
  }
  return refusal.status >= 500 && refusal.code !== "TOOMANYREQUESTS" ? error : undefined;
}

/** What was to be said of content, for how long it may be kept above all, is not true of an error. */
function forgetContent(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) {
    if (name !== "docker-distribution-api-version") response.removeHeader(name);
  }
}

function toRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const refusal = error instanceof AirgapError ? refusals.get(error.code) : undefined;
  if (error instanceof AirgapError && refusal) {
    const [status, word, headers] = refusal;
    return new RegistryError(status, word, error.message, headers);
  }
  if (isFileError(error, "ENOSPC", "EDQUOT")) {
    return new RegistryError(507, "UNKNOWN", "the registry's disk is full");
  }
  return new RegistryError(500, "UNKNOWN", "the registry failed; its log says why");
}
