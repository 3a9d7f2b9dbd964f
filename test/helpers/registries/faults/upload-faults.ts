import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "../test-registry.ts";
import {
  faultFor,
  refuse,
  refuseAndClose,
  requestsFor,
  rewriteHead,
  sendRefusal,
  watchBody,
} from "./fault.ts";

const isUploadAnswer = (request: IncomingMessage): boolean => /\/blobs\/uploads\//.test(request.url ?? "");

function rewriteUploads(rewrite: (request: IncomingMessage, response: ServerResponse) => void): Fault {
  return faultFor(isUploadAnswer, rewriteHead(rewrite));
}

/** Changes every upload's `Location`; blob locations stay. */
export function relocate(change: (location: string, request: IncomingMessage) => string): Fault {
  return rewriteUploads((request, response) => {
    const location = response.getHeader("location");
    if (typeof location === "string" && location.includes("/uploads/")) {
      response.setHeader("location", change(location, request));
    }
  });
}

/** `http://host/...`: also what a registry behind a TLS proxy answers that does not know of it. */
export function absoluteLocations(scheme: "http" | "https" = "http"): Fault {
  return relocate((location, request) => `${scheme}://${request.headers.host}${location}`);
}

export function schemelessLocations(): Fault {
  return relocate((location, request) => `//${request.headers.host}${location}`);
}

/** Sends uploads to another host: a second registry over the same storage. */
export function locationsAt(origin: string): Fault {
  return relocate((location) => origin + location);
}

/**
 * Locations carry a query that must come back, byte for byte and always the newest one, as distribution's `_state`;
 * a stale or changed one is a 404 (registry.md 5.5).
 */
export function signedLocations(): Fault {
  const states = new Map<string, string>();
  let counter = 0;
  const sign = relocate((location) => {
    const state = `a%2Fb+c${++counter}~=`;
    states.set(location, state);
    return `${location}?_nouploadcache=false&_state=${state}`;
  });
  return (handler) => {
    const signing = sign(handler);
    return async (request, response) => {
      const [path = "", query = ""] = (request.url ?? "").split("?");
      const wanted = states.get(path);
      const expected = `_nouploadcache=false&_state=${wanted}`;
      if (wanted === undefined || query === expected || query.startsWith(`${expected}&digest=`)) {
        return signing(request, response);
      }
      return sendRefusal(response, {
        status: 404,
        code: "BLOB_UPLOAD_INVALID",
        message: "blob upload invalid",
      });
    };
  };
}

/** PATCH is answered 201, as by ECR, or another status. */
export function chunkStatus(status: number): Fault {
  return faultFor(
    requestsFor.chunk,
    rewriteHead((_request, response) => {
      if (response.statusCode === 202) response.statusCode = status;
    }),
  );
}

/** `Range` stays at the first chunk's, as ECR's does. */
export function stuckRange(): Fault {
  const first = new Map<string, string>();
  return rewriteUploads((request, response) => {
    const range = String(response.getHeader("range"));
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (range !== "0-0" && !first.has(path)) first.set(path, range);
    response.setHeader("range", first.get(path) ?? range);
  });
}

/** `Range: bytes=0-9`, as Quay's. */
export function rangeWithUnit(): Fault {
  return rewriteUploads((_request, response) => {
    const range = response.getHeader("range");
    if (typeof range === "string") response.setHeader("range", `bytes=${range}`);
  });
}

/** Every chunk but the last must have so many bytes; said in a header, or not, as by ECR. */
export function minChunkLength(bytes: number, announced = true): Fault {
  const short = new Set<string>();
  const announce = rewriteUploads((_request, response) => {
    if (announced) response.setHeader("oci-chunk-min-length", String(bytes));
  });
  return (handler) => {
    const announcing = announce(handler);
    return async (request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const length = Number(request.headers["content-length"] ?? 0);
      if (short.has(path) && length > 0) {
        return sendRefusal(response, { status: 400, code: "BLOB_UPLOAD_INVALID", message: "part too small" });
      }
      if (requestsFor.chunk(request) && length < bytes) short.add(path);
      return announcing(request, response);
    };
  };
}

/** A proxy's body limit: 413 and HTML, as soon as the length or the bytes show it (nginx, `client_max_body_size`). */
export function maxBodySize(bytes: number): Fault {
  const tooLarge = { status: 413, body: "<html><h1>413 Request Entity Too Large</h1></html>" };
  return (handler) => async (request, response) => {
    if (Number(request.headers["content-length"] ?? 0) > bytes) {
      return refuseAndClose(tooLarge)(handler)(request, response);
    }
    if (request.headers["transfer-encoding"] === undefined) return handler(request, response);
    watchBody(request, (received) => {
      if (received <= bytes) return;
      sendRefusal(response, { ...tooLarge, headers: { connection: "close" } });
      throw new Error("the body is too large");
    });
    return handler(request, response);
  };
}

/** Ranged chunks beyond a size get a 416, as by GHCR above 4 MiB. */
export function maxChunkLength(bytes: number): Fault {
  return faultFor(
    (request) =>
      requestsFor.chunk(request) &&
      request.headers["content-range"] !== undefined &&
      Number(request.headers["content-length"]) > bytes,
    refuse({
      status: 416,
      code: "UNKNOWN",
      message: `chunk exceeds the maximum permissible limit of ${bytes}`,
    }),
  );
}

/** A second PATCH must say its range, as for Gitea and go-containerregistry's registry. */
export function refuseSecondUnrangedChunk(): Fault {
  const patched = new Set<string>();
  return (handler) => async (request, response) => {
    const path = request.url ?? "";
    const isUnranged = requestsFor.chunk(request) && request.headers["content-range"] === undefined;
    if (isUnranged && patched.has(path)) {
      return sendRefusal(response, {
        status: 416,
        code: "BLOB_UPLOAD_UNKNOWN",
        message: "range is required",
      });
    }
    if (requestsFor.chunk(request)) patched.add(path);
    return handler(request, response);
  };
}

/** A body without a length is refused: 411 as by nginx, 400 as by ACR. */
export function refuseChunkedEncoding(status: 400 | 411 = 411): Fault {
  return faultFor(
    (request) => request.headers["transfer-encoding"] !== undefined,
    refuse({ status, code: "CONTENT_LENGTH_INVALID", message: "content length is required" }),
  );
}

/** No PUT with a body, as an old Artifactory: only PATCH takes bytes. */
export function refuseWholePut(status: 404 | 405 | 411 | 501 = 405): Fault {
  return faultFor(
    (request) => requestsFor.commit(request) && Number(request.headers["content-length"] ?? 1) > 0,
    refuse({ status, code: "UNSUPPORTED", message: "use PATCH" }),
  );
}

/** No PATCH at all. */
export function refuseChunks(status: 404 | 405 | 501 = 405): Fault {
  return faultFor(requestsFor.chunk, refuse({ status, code: "UNSUPPORTED", message: "no chunked uploads" }));
}

/** Uploads are unknown to whichever replica is asked next (distribution#2225). */
export function loseUploads(times: number): Fault {
  return faultFor(
    (request) => requestsFor.commit(request) || requestsFor.chunk(request),
    refuse({ status: 404, code: "BLOB_UPLOAD_UNKNOWN", message: "blob upload unknown to registry" }),
    { times },
  );
}

/** Mounts are refused: 401 as by Harbor and GitLab, 202 (an upload instead), or any other status. */
export function mountStatus(status: number): Fault {
  if (status !== 202) return faultFor(requestsFor.mount, refuse({ status, code: "UNAUTHORIZED" }));
  return (handler) => (request, response) => {
    if (requestsFor.mount(request)) request.url = (request.url ?? "").split("?")[0] ?? "";
    return handler(request, response);
  };
}
