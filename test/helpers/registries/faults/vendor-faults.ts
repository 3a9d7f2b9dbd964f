import { digestHex, type Digest, digestOf, isDigest } from "../../../../src/oci/digest.ts";
import { parseManifest, partsOf } from "../../../../src/oci/manifest.ts";
import type { ContentStorage } from "../../../../src/storage/content-storage.ts";
import type { Fault } from "../test-registry.ts";
import { faultFor, requestsFor, sendRefusal } from "./fault.ts";
import { bufferBody } from "./manifest-faults.ts";
import { createTokenAuth } from "./token-auth.ts";

const tokenPaths = {
  harbor: "/service/token",
  quay: "/v2/auth",
  gitea: "/v2/token",
  pulp: "/token/",
} as const;

/** What a registry shows of its maker: where its token server is, or zot's answer to a ping. */
export function showVendor(vendor: keyof typeof tokenPaths | "zot" | "distribution"): Fault {
  if (vendor !== "zot" && vendor !== "distribution") {
    return createTokenAuth({ path: tokenPaths[vendor] }).fault;
  }
  if (vendor === "distribution") return (handler) => handler;
  return faultFor(requestsFor.ping, () => async (_request, response) => {
    response.writeHead(200, { "docker-distribution-api-version": "registry/2.0", "content-length": 0 }).end();
  });
}

function readPath(url = ""): readonly [repository: string, reference: string] {
  const [, repository = "", reference = ""] =
    /^\/v2\/(.+)\/(?:manifests|blobs|referrers)\/([^/?]+)/.exec(url) ?? [];
  return [repository, decodeURIComponent(reference)];
}

/** Harbor's projects that want signatures or scans: what was pushed is hidden. */
export function hideByPolicy(storage: ContentStorage): Fault {
  return faultFor(requestsFor.manifestRead, (handler) => async (request, response) => {
    const [repository, reference] = readPath(request.url);
    if ((await storage.readManifest(repository, reference)) === undefined) return handler(request, response);
    return sendRefusal(response, {
      status: 412,
      code: "PROJECTPOLICYVIOLATION",
      message: "current image without vulnerability scanning cannot be pulled",
    });
  });
}

/** Harbor's token service: 200, and a token that is nobody's, for a wrong password. */
export function giveNobodysTokens(): Fault {
  return (handler) => async (request, response) => {
    if (request.url?.startsWith(tokenPaths.harbor)) {
      const claims = Buffer.from(
        JSON.stringify({ access: [{ type: "repository", name: "x", actions: [] }] }),
      );
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ token: `e30.${claims.toString("base64url")}.x` }));
      return;
    }
    if (request.url !== "/v2/") return handler(request, response);
    const realm = `http://${request.headers.host}${tokenPaths.harbor}`;
    return sendRefusal(response, {
      status: 401,
      code: "UNAUTHORIZED",
      headers: { "www-authenticate": `Bearer realm="${realm}",service="harbor-registry"` },
    });
  };
}

/** Harbor's referrers API lists cosign's classic `.sig` manifest as well, which has no subject. */
export function listCosignTags(storage: ContentStorage): Fault {
  return (handler) => async (request, response) => {
    const [repository, subject] = readPath(request.url);
    if (!request.url?.includes("/referrers/") || !isDigest(subject)) return handler(request, response);
    const signature = await storage.readManifest(repository, `sha256-${digestHex(subject)}.sig`);
    const descriptors = signature ? [signature.descriptor] : [];
    response.setHeader("content-type", "application/vnd.oci.image.index.v1+json");
    response.end(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: descriptors.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
      }),
    );
  };
}

/** Gitea: a manifest goes with the last tag or digest that it was pushed under. */
export function deleteWithLastName(storage: ContentStorage): Fault {
  const names = new Map<string, Digest>();
  return faultFor(requestsFor.manifestPut, (handler) => async (request, response) => {
    const [repository, reference] = readPath(request.url);
    const digest = digestOf(await bufferBody(request));
    await handler(request, response);
    const before = names.get(`${repository}@${reference}`);
    names.set(`${repository}@${reference}`, digest);
    const isNamed = [...names].some(([name, named]) => name.startsWith(`${repository}@`) && named === before);
    if (before !== undefined && !isNamed) await storage.deleteManifest(repository, before);
  });
}

/** Pulp: a PUT that breaks off, as the first of each blob does, is kept short under its digest; HEAD redirects without a size. */
export function keepShortBlobs(storage: ContentStorage, breakAfter: number): Fault {
  const short = new Map<string, Buffer>();
  return (handler) => async (request, response) => {
    const url = new URL(request.url ?? "", "http://registry");
    const isWhole = request.method === "PUT" && Number(request.headers["content-length"]) > breakAfter;
    const digest = url.searchParams.get("digest");
    if (isWhole && digest !== null && !short.has(digest) && requestsFor.commit(request)) {
      const kept: Uint8Array[] = [];
      for await (const chunk of request as AsyncIterable<Uint8Array>) {
        kept.push(chunk);
        if (Buffer.concat(kept).length >= breakAfter) break;
      }
      short.set(digest, Buffer.concat(kept).subarray(0, breakAfter));
      request.socket.destroy();
      return undefined;
    }
    if (url.pathname.startsWith("/content/")) {
      const bytes = short.get(url.pathname.slice("/content/".length)) ?? Buffer.alloc(0);
      response
        .writeHead(200, { "content-length": bytes.length })
        .end(request.method === "HEAD" ? undefined : bytes);
      return undefined;
    }
    const [repository, reference] = readPath(request.url);
    const isRead = requestsFor.blobHead(request) || requestsFor.blobGet(request);
    const isThere =
      isRead && isDigest(reference) && (await storage.statBlob(repository, reference)) !== undefined;
    if (!isRead || isThere || !short.has(reference)) return handler(request, response);
    response.writeHead(302, { location: `/content/${reference}`, "content-length": 0 }).end();
    return undefined;
  };
}

/** Nexus with "disable redeploy": a manifest that is there is not taken once more, under whatever name. */
export function refuseRedeploy(storage: ContentStorage): Fault {
  return faultFor(requestsFor.manifestPut, (handler) => async (request, response) => {
    const [repository] = readPath(request.url);
    const digest = digestOf(await bufferBody(request));
    if ((await storage.readManifest(repository, digest)) === undefined) return handler(request, response);
    return sendRefusal(response, {
      status: 400,
      code: "BLOB_UPLOAD_INVALID",
      message: "Repository does not allow updating assets",
    });
  });
}

/** OpenShift: a manifest that came by its digest alone is in no image stream, until a tag or a list names it. */
export function hideUnmapped(): Fault {
  const mapped = new Set<string>();
  return (handler) => async (request, response) => {
    const [repository, reference] = readPath(request.url);
    if (requestsFor.manifestPut(request)) {
      const bytes = await bufferBody(request);
      const parts = partsOf(parseManifest(bytes, "the manifest", request.headers["content-type"])).manifests;
      for (const { digest } of parts) mapped.add(`${repository}@${digest}`);
      if (!isDigest(reference)) mapped.add(`${repository}@${digestOf(bytes)}`);
    }
    const isHidden =
      requestsFor.manifestRead(request) && isDigest(reference) && !mapped.has(`${repository}@${reference}`);
    if (!isHidden) return handler(request, response);
    return sendRefusal(response, { status: request.method === "HEAD" ? 500 : 404, code: "MANIFEST_UNKNOWN" });
  };
}

const projectApis = {
  harbor: {
    list: /^\/api\/v2\.0\/projects\?project_name=(.+)$/,
    create: "/api/v2.0/projects",
    key: "project_name",
    there: 409,
  },
  gitea: { list: /^\/api\/v1\/users\/(.+)$/, create: "/api/v1/orgs", key: "username", there: 422 },
  quay: { list: /^\/api\/v1\/organization\/(.+)$/, create: "/api/v1/organization/", key: "name", there: 400 },
} as const;

/**
 * Harbor's projects, Gitea's owners and Quay's organizations: their API beside the registry's, for who signs with this
 * header, and uploads into those alone that are there.
 */
export function keepProjects(
  vendor: keyof typeof projectApis,
  projects: Set<string>,
  authorization: string,
  mayCreate = true,
): Fault {
  const { list, create, key, there } = projectApis[vendor];
  return (handler) => async (request, response) => {
    const url = request.url ?? "";
    const asked = list.exec(url)?.[1];
    if (asked !== undefined && request.method !== "POST") {
      return void response.writeHead(projects.has(asked) ? 200 : 404, { "content-length": 0 }).end();
    }
    if (url === create) {
      const document = JSON.parse(Buffer.from(await bufferBody(request)).toString()) as Record<
        string,
        string
      >;
      const name = document[key] ?? "";
      if (request.headers.authorization !== authorization) {
        return sendRefusal(response, { status: 401, code: "UNAUTHORIZED" });
      }
      if (!mayCreate) return sendRefusal(response, { status: 403, code: "FORBIDDEN", message: "forbidden" });
      if (projects.has(name)) return sendRefusal(response, { status: there, code: "CONFLICT" });
      projects.add(name);
      return void response.writeHead(201, { "content-length": 0 }).end();
    }
    const namespace = /^\/v2\/([^/]+)\/.*\/uploads\//.exec(url)?.[1];
    if (namespace === undefined || projects.has(namespace)) return handler(request, response);
    return sendRefusal(response, {
      status: 404,
      code: "NAME_UNKNOWN",
      message: `project ${namespace} not found`,
    });
  };
}
