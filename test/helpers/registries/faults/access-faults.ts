import type { Fault } from "../test-registry.ts";
import { faultFor, type Refusal, refuse, requestsFor, rewriteHead, sendRefusal } from "./fault.ts";

const missingProject = {
  harbor: {
    status: 401,
    code: "UNAUTHORIZED",
    message: "project not found: unauthorized to access repository",
  },
  ecr: {
    status: 404,
    code: "NAME_UNKNOWN",
    message: "The repository with name 'x' does not exist in the registry",
  },
  quay: { status: 401, code: "UNAUTHORIZED", message: "access to the requested resource is not authorized" },
  gitlab: { status: 403, code: "DENIED", message: "requested access to the resource is denied" },
  swr: { status: 401, code: "DENIED", message: "Authenticate Error" },
} as const;

/** Only these first components of a name exist; writing to another is refused as that vendor does (registry.md 6.6). */
export function projectsOnly(
  projects: readonly string[],
  vendor: keyof typeof missingProject = "harbor",
): Fault {
  return refuseWritesTo(
    missingProject[vendor],
    (repository) => !projects.includes(repository.split("/")[0] ?? ""),
  );
}

const denials = {
  quota: {
    status: 403,
    code: "DENIED",
    message: "adding 1 MiB will exceed the configured upper limit of 0 MiB",
  },
  readOnly: {
    status: 403,
    code: "DENIED",
    message: "The system is in read only mode. Any modification is prohibited.",
  },
  proxyCache: { status: 403, code: "DENIED", message: "can not push artifact to a proxy project" },
  permission: { status: 403, code: "DENIED", message: "requested access to the resource is denied" },
} as const;

/** Reads are fine; writing to these repositories, or to all, is not. */
export function denyWrites(reason: keyof typeof denials, repositories?: readonly string[]): Fault {
  return refuseWritesTo(denials[reason], (repository) => repositories?.includes(repository) ?? true);
}

function refuseWritesTo(refusal: Refusal, isRefused: (repository: string) => boolean): Fault {
  return faultFor((request) => {
    const repository = /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(request.url ?? "")?.[1] ?? "";
    return requestsFor.write(request) && isRefused(repository);
  }, refuse(refusal));
}

/** HEAD of a blob answers something else than 200 or 404: 403 Artifactory, 500 OpenShift, 400 ECR, 401. */
export function blobHeadStatus(status: number): Fault {
  return faultFor(requestsFor.blobHead, refuse({ status }));
}

/** HEAD of a manifest answers something else: 405, 403, 500 (Nexus 3.96). */
export function manifestHeadStatus(status: number): Fault {
  return faultFor(requestsFor.manifestHead, refuse({ status }));
}

/** Too many requests: `retryAfter` in seconds, as a date, or not said. */
export function tooManyRequests(times: number, retryAfter?: string, status: 429 | 503 = 429): Fault {
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return faultFor(requestsFor.all, refuse({ status, code: "TOOMANYREQUESTS", headers }), { times });
}

/** Something that is no registry at all: every path gives a web page. */
export function webPage(status = 200): Fault {
  return refuse({ status, body: "<!doctype html><title>Welcome to nginx!</title>" });
}

/** Errors as web pages, as from a proxy in front. */
export function errorsAsHtml(): Fault {
  return (handler) => (request, response) => {
    const writeHead = response.writeHead.bind(response);
    const end = response.end.bind(response);
    response.writeHead = ((status: number, headers: Record<string, string> = {}) => {
      if (status < 400) return writeHead(status, headers);
      response.end = end;
      response.end = (() => {
        Object.assign(response, { writeHead, end });
        sendRefusal(response, { status, body: `<html><h1>${status}</h1></html>` });
        return response;
      }) as typeof response.end;
      return response;
    }) as typeof response.writeHead;
    return handler(request, response);
  };
}

/** A `Warning` header on every answer (distribution-spec, warnings). */
export function warn(text: string): Fault {
  return rewriteHead((_request, response) => response.setHeader("warning", `299 - "${text}"`));
}

/** Blobs are read elsewhere: a redirect to another origin, as to S3. */
export function redirectBlobs(origin: string, status: 302 | 307 = 307): Fault {
  return (handler) => async (request, response) => {
    if (!requestsFor.blobGet(request)) return handler(request, response);
    response.writeHead(status, { location: origin + (request.url ?? ""), "content-length": "0" }).end();
  };
}

/** Blobs come back with one byte changed. */
export function corruptBlobs(): Fault {
  return faultFor(requestsFor.blobGet, (handler) => (request, response) => {
    const write = response.write.bind(response);
    response.write = ((chunk: Uint8Array, ...rest: []) => {
      const copy = Uint8Array.from(chunk);
      copy[0] = (copy[0] ?? 0) ^ 1;
      return write(copy, ...rest);
    }) as typeof response.write;
    return handler(request, response);
  });
}

/** Answers a ping as zot does: the header of distribution, and no body. */
export function pingAsZot(): Fault {
  return faultFor(requestsFor.ping, () => async (_request, response) => {
    response.writeHead(200, {
      "docker-distribution-api-version": "registry/2.0",
      "content-type": "application/json",
      "content-length": "0",
    });
    response.end();
  });
}
