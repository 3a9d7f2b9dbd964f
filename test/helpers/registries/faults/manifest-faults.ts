import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { isDigest } from "../../../../src/oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../../../src/oci/manifest.ts";
import { isIndexType, manifestMediaTypes, mediaTypes } from "../../../../src/oci/media-type.ts";
import type { ContentStorage } from "../../../../src/storage/content-storage.ts";
import type { Fault } from "../test-registry.ts";
import {
  faultFor,
  faultUntil,
  type Refusal,
  refuse,
  replaceBody,
  requestsFor,
  rewriteHead,
  sendRefusal,
} from "./fault.ts";

const docker = /^application\/vnd\.docker\./;
const oci = /^application\/vnd\.oci\./;

function refuseTypes(types: RegExp, refusal: Refusal): Fault {
  return faultFor(
    (request) => requestsFor.manifestPut(request) && types.test(request.headers["content-type"] ?? ""),
    refuse(refusal),
  );
}

/** OCI alone, as zot without `compat`. */
export function ociOnly(): Fault {
  return refuseTypes(docker, { status: 415, code: "MANIFEST_INVALID", message: "manifest invalid" });
}

/** Docker alone: 415 as an old Quay, or 400 for the index alone, as Huawei's SWR (regclient#720). */
export function dockerOnly(how: "quay" | "swr" = "quay"): Fault {
  if (how === "quay") {
    return refuseTypes(oci, {
      status: 415,
      code: "MANIFEST_INVALID",
      message: "manifest schema version not supported",
    });
  }
  return refuseTypes(/^application\/vnd\.oci\.image\.index/, {
    status: 400,
    code: "MANIFEST_INVALID",
    message: "Invalid image, fail to parse 'manifest.json'",
  });
}

/** No lists of either family, as Harbor 1.x. */
export function refuseLists(): Fault {
  return refuseTypes(/manifest\.list|image\.index/, {
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    message: "Manifest.list is not supported.",
  });
}

/** `Content-Type` is compared letter by letter, as by Quay. */
export function strictContentType(): Fault {
  const known = new Set<string>(manifestMediaTypes);
  return faultFor(
    (request) => requestsFor.manifestPut(request) && !known.has(request.headers["content-type"] ?? ""),
    refuse({ status: 415, code: "MANIFEST_INVALID" }),
  );
}

/** A manifest whose type `Accept` does not name is a 404, as for distribution 2 and GHCR. */
export function strictAccept(storage: ContentStorage): Fault {
  return (handler) => async (request, response) => {
    const [, repository = "", reference = ""] =
      /^\/v2\/(.+)\/manifests\/([^/?]+)/.exec(request.url ?? "") ?? [];
    const manifest = requestsFor.manifestRead(request)
      ? await storage.readManifest(repository, decodeURIComponent(reference))
      : undefined;
    const accepted = (request.headers.accept ?? "").split(",").map((type) => type.split(";")[0]?.trim());
    if (!manifest || accepted.includes(manifest.descriptor.mediaType)) return handler(request, response);
    return sendRefusal(response, { status: 404, code: "MANIFEST_UNKNOWN", message: "OCI manifest found" });
  };
}

function refuseManifests(refusal: Refusal, when: (manifest: Manifest | ImageIndex) => boolean): Fault {
  return faultFor(requestsFor.manifestPut, (handler) => async (request, response) => {
    const bytes = await bufferBody(request);
    const isRefused = when(parseManifest(bytes, "the manifest"));
    return isRefused ? sendRefusal(response, refusal) : handler(request, response);
  });
}

/** Reads a body and leaves it for the handler to read again. */
export async function bufferBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  replaceBody(request, Readable.from([bytes]));
  return bytes;
}

/** Docker manifests may list gzip layers only: Quay's schema (go-containerregistry#2078). */
export function gzipDockerLayersOnly(): Fault {
  return refuseManifests(
    { status: 400, code: "MANIFEST_INVALID", message: "manifest schema version not supported" },
    (manifest) =>
      manifest.kind === "manifest" &&
      manifest.descriptor.mediaType === mediaTypes.docker.manifest &&
      manifest.layers.some((layer) => !layer.mediaType.endsWith("tar.gzip")),
  );
}

/** Images and lists alone, as Alibaba's registry. */
export function refuseAttestations(): Fault {
  return refuseManifests(
    { status: 403, code: "DENIED", message: "unknown manifest class for application/vnd.in-toto+json" },
    (manifest) =>
      manifest.kind === "manifest" && manifest.layers.some(({ mediaType }) => /in-toto/.test(mediaType)),
  );
}

/** No index within an index, as for Gitea. */
export function refuseNestedIndex(): Fault {
  return refuseManifests(
    { status: 400, code: "MANIFEST_INVALID", message: "nested index" },
    (manifest) =>
      manifest.kind === "index" && manifest.manifests.some((child) => isIndexType(child.mediaType)),
  );
}

/** Every entry of a list needs a platform, as for Quay. */
export function requirePlatforms(): Fault {
  return refuseManifests(
    { status: 400, code: "MANIFEST_INVALID", message: "platform is a required property" },
    (manifest) =>
      manifest.kind === "index" &&
      manifest.manifests.some((child) => !child.platform?.os || !child.platform.architecture),
  );
}

/** Documents of this many bytes and more are too large. */
export function maxManifestLength(bytes: number): Fault {
  return faultFor(
    (request) => requestsFor.manifestPut(request) && Number(request.headers["content-length"]) > bytes,
    refuse({ status: 413, code: "MANIFEST_INVALID", message: "manifest too large" }),
  );
}

const immutability = {
  harbor: {
    status: 412,
    code: "PRECONDITION",
    message: "Failed to process request due to 'r:t' configured as immutable.",
  },
  ecr: {
    status: 400,
    code: "TAG_INVALID",
    message:
      "The image tag already exists in the repository and cannot be overwritten because the tag is immutable.",
  },
  quay: { status: 409, code: "TAG_IMMUTABLE", message: "tag is immutable" },
  nexus: {
    status: 400,
    code: "BLOB_UPLOAD_INVALID",
    message: "Repository does not allow updating assets",
  },
} as const;

/** A tag that exists is not written again, not even with the same digest. */
export function immutableTags(storage: ContentStorage, vendor: keyof typeof immutability): Fault {
  return faultFor(requestsFor.tagPut, (handler) => async (request, response) => {
    const [, repository = "", tag = ""] = /^\/v2\/(.+)\/manifests\/([^/?]+)/.exec(request.url ?? "") ?? [];
    if ((await storage.readManifest(repository, tag)) === undefined) return handler(request, response);
    return sendRefusal(response, immutability[vendor]);
  });
}

/** What a manifest names is gone when it arrives: garbage collection, or Quay's hour (registry.md 5.1). */
export function forgetBlobsBeforeManifest(storage: ContentStorage, times = 1): Fault {
  return faultFor(
    requestsFor.manifestPut,
    (handler) => async (request, response) => {
      const repository = /^\/v2\/(.+)\/manifests\//.exec(request.url ?? "")?.[1] ?? "";
      const manifest = parseManifest(await bufferBody(request), "the manifest");
      if (manifest.kind === "manifest") {
        for (const blob of [manifest.config, ...manifest.layers]) {
          await storage.deleteBlob(repository, blob.digest);
        }
      } else for (const child of manifest.manifests) await storage.deleteManifest(repository, child.digest);
      await handler(request, response);
    },
    { times },
  );
}

/** A manifest can be read only at the next try, as right after a push to Nexus. */
export function manifestsVisibleAfter(tries: number): Fault {
  return faultUntil(
    requestsFor.manifestRead,
    tries,
    refuse({ status: 404, code: "MANIFEST_UNKNOWN", message: "manifest unknown" }),
  );
}

/** An index finds its children only at the next try (manifest-tool#190). */
export function childrenVisibleAfter(tries: number): Fault {
  return faultUntil(
    (request) => requestsFor.manifestPut(request) && isIndexType(request.headers["content-type"] ?? ""),
    tries,
    refuse({ status: 400, code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown to registry" }),
  );
}

/** Tags are kept in lower case, as by Gitea. */
export function lowerCaseTags(): Fault {
  return (handler) => (request, response) => {
    request.url = (request.url ?? "").replace(/\/manifests\/[^:?]+$/, (path) => path.toLowerCase());
    return handler(request, response);
  };
}

/** Says that it kept another manifest than the one that was sent. */
export function misreportDigest(): Fault {
  return faultFor(
    requestsFor.manifestPut,
    rewriteHead((_request, response) =>
      response.setHeader("docker-content-digest", `sha256:${"0".repeat(64)}`),
    ),
  );
}

/** Answers 201 and keeps nothing. */
export function forgetManifests(): Fault {
  return faultFor(requestsFor.manifestPut, () => async (request, response) => {
    const digest = /sha256:[0-9a-f]{64}/.exec(decodeURIComponent(request.url ?? ""))?.[0] ?? "";
    await bufferBody(request);
    response.writeHead(201, isDigest(digest) ? { "docker-content-digest": digest } : {}).end();
  });
}

/** Another writer moves a tag right behind each of our writes to it: lists written from two machines (decision 11). */
export function overwriteTags(
  overwrite: (repository: string, tag: string) => Promise<void>,
  times = 1,
): Fault {
  return faultFor(
    requestsFor.tagPut,
    (handler) => async (request, response) => {
      const [, repository = "", tag = ""] = /^\/v2\/(.+)\/manifests\/([^/?]+)/.exec(request.url ?? "") ?? [];
      const end = response.end.bind(response);
      response.end = ((...args: Parameters<typeof end>) => {
        void overwrite(repository, tag).then(() => end(...args));
        return response;
      }) as typeof response.end;
      await handler(request, response);
    },
    { times },
  );
}
