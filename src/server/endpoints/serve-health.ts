import type { ContentStorage } from "../../storage/content-storage.ts";
import { sendJson } from "../http/exchange.ts";
import type { RequestHandler } from "../http/request-handler.ts";

/** Answers `/healthz` without a password: 200 while the storage can be read, else 503. Leaves the rest to the handler. */
export function serveHealth(handler: RequestHandler, storage: ContentStorage): RequestHandler {
  return async (request, response) => {
    if (request.url !== "/healthz") return handler(request, response);
    try {
      await storage.listTags("healthz");
      sendJson(response, 200, { status: "ok" });
    } catch {
      sendJson(response, 503, { status: "storage cannot be read" });
    }
  };
}
