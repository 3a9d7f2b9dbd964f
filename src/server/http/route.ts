import { type Digest, isDigest } from "../../oci/digest.ts";
import { isRepository, isTag } from "../../oci/reference.ts";
import { RegistryError } from "./registry-error.ts";

/** What a path of the API names (distribution-spec, endpoints). */
export interface Route {
  readonly kind: RouteKind;
  /** Empty where the path names none. */
  readonly repository: string;
  /** What stands last: a blob's digest, a manifest's tag or digest, an upload's id; else empty. */
  readonly reference: string;
}

export type RouteKind =
  | "base"
  | "catalog"
  | "tags"
  | "uploads"
  | "upload"
  | "blob"
  | "manifest"
  | "referrers";

const patterns: readonly (readonly [RouteKind, RegExp])[] = [
  ["base", /^\/v2\/?$/],
  ["catalog", /^\/v2\/_catalog$/],
  ["tags", /^\/v2\/(.+)\/tags\/list$/],
  ["uploads", /^\/v2\/(.+)\/blobs\/uploads\/?$/],
  ["upload", /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/],
  ["blob", /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ["manifest", /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ["referrers", /^\/v2\/(.+)\/referrers\/([^/]+)$/],
];

/** Reads a request's path, or gives undefined where it is none of the API's; throws `RegistryError` for a malformed part. */
export function parseRoute(path: string, method: string): Route | undefined {
  const decoded = decodePath(path);
  for (const [kind, pattern] of patterns) {
    const match = pattern.exec(decoded);
    if (match) return checkRoute({ kind, repository: match[1] ?? "", reference: match[2] ?? "" }, method);
  }
  return undefined;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new RegistryError(400, "NAME_INVALID", "the path is not valid percent-encoding");
  }
}

function checkRoute(route: Route, method: string): Route {
  const { kind, repository, reference } = route;
  if (kind === "base" || kind === "catalog") return route;
  if (!isRepository(repository)) {
    throw new RegistryError(400, "NAME_INVALID", "the name of the repository is not valid");
  }
  if (kind === "blob" || kind === "referrers" || (kind === "manifest" && reference.includes(":"))) {
    requireDigest(reference);
  } else if (kind === "manifest" && !isTag(reference)) throw invalidTag(method);
  return route;
}

/** What cannot be a tag cannot be there either; who would write it did not mean that. */
function invalidTag(method: string): RegistryError {
  return method === "PUT"
    ? new RegistryError(400, "MANIFEST_INVALID", "the tag is not valid")
    : new RegistryError(404, "MANIFEST_UNKNOWN", "there is no such manifest: the tag is not valid");
}

/** Narrows a digest from a path or a query; throws `DIGEST_INVALID`. */
export function requireDigest(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text;
  throw new RegistryError(400, "DIGEST_INVALID", "the digest is not valid: want sha256:<64 hex digits>");
}
