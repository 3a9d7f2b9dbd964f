import { deleteBlob, sendBlob } from "./endpoints/blob-endpoints.ts";
import { type Exchange, sendJson } from "./http/exchange.ts";
import { sendCatalog, sendTags } from "./endpoints/listing-endpoints.ts";
import { acceptManifest, deleteManifest, sendManifest } from "./endpoints/manifest-endpoints.ts";
import { sendReferrers } from "./endpoints/referrers-endpoint.ts";
import { RegistryError } from "./http/registry-error.ts";
import type { RequestHandler } from "./http/request-handler.ts";
import { parseRoute, type Route, type RouteKind } from "./http/route.ts";
import { sendError } from "./http/send-error.ts";
import type { ContentStorage } from "../storage/content-storage.ts";
import {
  cancelUpload,
  finishUpload,
  receiveChunk,
  sendUploadStatus,
  startUpload,
} from "./endpoints/upload-endpoints.ts";

export interface RegistryHandlerOptions {
  readonly storage: ContentStorage;
  /** Refuses everything that writes. */
  readonly readOnly?: boolean;
  /** Largest blob that is taken, in bytes. Default 64 GiB. */
  readonly maxBlobSize?: number;
  /** Told of failures that are the registry's own. */
  readonly onFailure?: (error: unknown) => void;
}

type Endpoint = (exchange: Exchange) => Promise<void>;

const endpoints: Readonly<Record<RouteKind, ReadonlyMap<string, Endpoint>>> = {
  base: new Map([["GET", async ({ response }) => sendJson(response, 200, {})]]),
  catalog: new Map([["GET", sendCatalog]]),
  tags: new Map([["GET", sendTags]]),
  referrers: new Map([["GET", sendReferrers]]),
  blob: new Map([
    ["GET", sendBlob],
    ["DELETE", deleteBlob],
  ]),
  manifest: new Map([
    ["GET", sendManifest],
    ["PUT", acceptManifest],
    ["DELETE", deleteManifest],
  ]),
  uploads: new Map([["POST", startUpload]]),
  upload: new Map([
    ["GET", sendUploadStatus],
    ["PATCH", receiveChunk],
    ["PUT", finishUpload],
    ["DELETE", cancelUpload],
  ]),
};

/** Speaks the distribution specification, version 1.1, over a storage. Needs no server: tests wrap it with faults. */
export function createRegistryHandler(options: RegistryHandlerOptions): RequestHandler {
  const { storage, readOnly = false, maxBlobSize = 64 * 2 ** 30 } = options;
  return async (request, response) => {
    response.setHeader("docker-distribution-api-version", "registry/2.0");
    try {
      const [path = "", search = ""] = (request.url ?? "").split("?", 2);
      const route = parseRoute(path, request.method ?? "");
      if (!route) throw new RegistryError(404, "UNSUPPORTED", "there is no such path in the API");
      const endpoint = findEndpoint(route, request.method ?? "", readOnly);
      const query = new URLSearchParams(search);
      await endpoint({ storage, request, response, query, route, maxBlobSize });
    } catch (error) {
      const failure = sendError(response, error);
      if (failure !== undefined && !request.destroyed) options.onFailure?.(failure);
    }
  };
}

function findEndpoint(route: Route, method: string, readOnly: boolean): Endpoint {
  const methods = endpoints[route.kind];
  const key = method === "HEAD" ? "GET" : method;
  const endpoint = methods.get(key);
  if (endpoint && (key === "GET" || !readOnly)) return endpoint;
  const reason = endpoint ? "the registry is read-only" : "the method is not supported here";
  const allow = [...methods.keys()].filter((allowed) => !readOnly || allowed === "GET");
  throw new RegistryError(405, "UNSUPPORTED", reason, { allow: allow.join(", ") });
}
