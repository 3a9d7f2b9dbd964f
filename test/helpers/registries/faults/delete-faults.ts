import type { ContentStorage } from "../../../../src/storage/content-storage.ts";
import type { Fault } from "../test-registry.ts";
import { faultFor, refuse, type RequestMatch } from "./fault.ts";

const deletesTag: RequestMatch = ({ method, url = "" }) =>
  method === "DELETE" && /\/manifests\/[^:/]+$/.test(url);

/** Knows no referrers API, as distribution. */
export function withoutReferrers(): Fault {
  return faultFor(
    ({ url = "" }) => url.includes("/referrers/"),
    refuse({ status: 404, body: "404 page not found" }),
  );
}

/** Deletes manifests, with all their tags, and no tag alone: distribution 2. */
export function deleteByDigestOnly(): Fault {
  return faultFor(
    deletesTag,
    refuse({
      status: 400,
      code: "DIGEST_INVALID",
      message: "provided digest did not match uploaded content",
    }),
  );
}

/** Takes a tag for another name of its manifest, and deletes that. */
export function deleteTagsWithManifests(storage: ContentStorage): Fault {
  return faultFor(deletesTag, (handler) => async (request, response) => {
    const [, repository = "", tag = ""] = /^\/v2\/(.+)\/manifests\/([^/?]+)/.exec(request.url ?? "") ?? [];
    const digest = (await storage.listTags(repository))?.get(tag);
    if (digest === undefined) return handler(request, response);
    await storage.deleteManifest(repository, digest);
    response.writeHead(202).end();
  });
}

/** Deletes nothing: distribution without `REGISTRY_STORAGE_DELETE_ENABLED`. */
export function deleteNothing(): Fault {
  return faultFor(
    ({ method, url = "" }) => method === "DELETE" && url.includes("/manifests/"),
    refuse({ status: 405, code: "UNSUPPORTED", message: "The operation is unsupported." }),
  );
}
