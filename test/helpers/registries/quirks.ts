import type { RegistryStoreOptions } from "../../../src/registry/registry-store.ts";
import type { AppOptions } from "./publish-app.ts";
import * as faults from "./registry-faults.ts";
import type { Fault, TestRegistry } from "./test-registry.ts";

const { faultFor, requestsFor } = faults;
const credentials = { username: "robot$loader", password: "s3cret:with:colons" };
const signedIn: Partial<RegistryStoreOptions> = { plainHttp: true, credentials };
const mib = 1024 * 1024;

/** A way of a registry, its proxies or its network that must make no difference to the outcome. */
export interface Quirk {
  readonly name: string;
  readonly faults: (registry: TestRegistry) => readonly Fault[];
  readonly options?: Partial<RegistryStoreOptions>;
  readonly app?: AppOptions;
  /** What is said about it. */
  readonly notice?: RegExp;
  /** Of one group there can be only one at a time. */
  readonly group?: "location" | "form" | "lost" | "throttled" | "manifest";
}

/** Of registries, proxies and networks. */
export const ways: readonly Quirk[] = [
  { name: "absolute upload addresses", group: "location", faults: () => [faults.absoluteLocations()] },
  {
    name: "upload addresses without a scheme",
    group: "location",
    faults: () => [faults.schemelessLocations()],
  },
  {
    name: "upload addresses whose state must come back as it is",
    group: "location",
    faults: () => [faults.signedLocations()],
  },
  {
    name: "upload addresses of another port",
    group: "location",
    faults: () => [faults.relocate((path) => `https://127.0.0.1:1${path}`)],
    notice: /names another scheme or port for uploads/,
  },
  { name: "403 for HEAD of blobs", faults: () => [faults.blobHeadStatus(403)] },
  { name: "500 for HEAD of blobs", faults: () => [faults.blobHeadStatus(500)] },
  { name: "400 for HEAD of blobs", faults: () => [faults.blobHeadStatus(400)] },
  { name: "500 for HEAD of manifests", faults: () => [faults.manifestHeadStatus(500)] },
  { name: "405 for HEAD of manifests", faults: () => [faults.manifestHeadStatus(405)] },
  { name: "401 for mounts", faults: () => [faults.mountStatus(401)] },
  { name: "an upload instead of a mount", faults: () => [faults.mountStatus(202)] },
  { name: "429 with seconds to wait", group: "throttled", faults: () => [faults.tooManyRequests(3, "2")] },
  { name: "429 with nothing said", group: "throttled", faults: () => [faults.tooManyRequests(6)] },
  { name: "503 for a while", group: "throttled", faults: () => [faults.tooManyRequests(3, undefined, 503)] },
  {
    name: "429 with bare line feeds",
    group: "throttled",
    faults: () => [faultFor(requestsFor.uploadStart, faults.bareLineFeed429(), { times: 2 })],
  },
  {
    name: "405 for a PUT with a body",
    group: "form",
    faults: () => [faults.refuseWholePut(405)],
    notice: /does not take blobs with one PUT: they go with PATCH/,
  },
  { name: "404 for a PUT with a body", group: "form", faults: () => [faults.refuseWholePut(404)] },
  { name: "411 for a PUT with a body", group: "form", faults: () => [faults.refuseWholePut(411)] },
  {
    name: "a limit of 5 MiB on bodies",
    group: "form",
    faults: () => [faults.maxBodySize(5 * mib)],
    app: { layerSize: 10 * mib },
    notice: /refuses requests of that size .* in chunks of 4096 KiB/,
  },
  {
    name: "a limit of 1 MiB on bodies",
    group: "form",
    faults: () => [faults.maxBodySize(mib)],
    app: { layerSize: 3 * mib },
    notice: /in chunks of 900 KiB/,
  },
  {
    name: "chunks answered 201, with a Range that sticks",
    group: "form",
    faults: () => [faults.maxBodySize(mib), faults.chunkStatus(201), faults.stuckRange()],
    app: { layerSize: 3 * mib },
  },
  {
    name: "chunks answered with a unit in Range",
    group: "form",
    faults: () => [faults.maxBodySize(mib), faults.rangeWithUnit()],
    app: { layerSize: 3 * mib },
  },
  {
    name: "a least length of chunks",
    group: "form",
    faults: () => [faults.maxBodySize(3 * mib), faults.minChunkLength(2 * mib)],
    app: { layerSize: 5 * mib },
  },
  {
    name: "no second PATCH without a range",
    group: "form",
    faults: () => [faults.maxBodySize(mib), faults.refuseSecondUnrangedChunk()],
    app: { layerSize: 3 * mib },
  },
  { name: "lost uploads", group: "lost", faults: () => [faults.loseUploads(2)] },
  {
    name: "connections reset instead of a commit",
    group: "lost",
    faults: () => [faultFor(requestsFor.commit, faults.resetBeforeAnswer(), { times: 1 })],
  },
  {
    name: "commits that are done and not answered",
    faults: () => [faultFor(requestsFor.commit, faults.obeyThenReset(), { times: 2 })],
  },
  {
    name: "commits behind an impatient proxy",
    faults: () => [faultFor(requestsFor.commit, faults.obeyThenRefuse({ status: 504 }), { times: 2 })],
  },
  {
    name: "502 for commits",
    group: "lost",
    faults: () => [faultFor(requestsFor.commit, faults.refuseAndClose({ status: 502 }), { times: 2 })],
  },
  {
    name: "connections dropped half-way",
    group: "lost",
    faults: () => [faultFor(requestsFor.commit, faults.dropAfter(70_000), { times: 2 })],
  },
  {
    name: "connections reset half-way",
    group: "lost",
    faults: () => [faultFor(requestsFor.commit, faults.dropAfter(70_000, "reset"), { times: 2 })],
  },
  { name: "connections closed when idle", faults: () => [faults.closeWhenIdle()] },
  {
    name: "blobs forgotten before their manifest",
    group: "manifest",
    faults: ({ storage }) => [faults.forgetBlobsBeforeManifest(storage, 3)],
  },
  { name: "manifests that show only later", faults: () => [faults.manifestsVisibleAfter(2)] },
  { name: "children that show only later", faults: () => [faults.childrenVisibleAfter(2)] },
  {
    name: "404 for a manifest without the right Accept",
    faults: ({ storage }) => [faults.strictAccept(storage)],
  },
  { name: "Content-Type compared by the letter", faults: () => [faults.strictContentType()] },
  { name: "warnings", faults: () => [faults.warn("it is going away")], notice: /says: it is going away/ },
  { name: "web pages for errors", faults: () => [faults.errorsAsHtml()] },
  { name: "405 for PATCH", group: "form", faults: () => [faults.refuseChunks()] },
  { name: "chunks of 4 MiB at most", faults: () => [faults.maxChunkLength(4 * mib)] },
  { name: "no body without a length", faults: () => [faults.refuseChunkedEncoding(400)] },
  {
    name: "gzip layers alone in Docker's manifests",
    group: "manifest",
    faults: () => [faults.gzipDockerLayersOnly()],
  },
  { name: "no index within an index", group: "manifest", faults: () => [faults.refuseNestedIndex()] },
  { name: "a platform wanted for every entry", group: "manifest", faults: () => [faults.requirePlatforms()] },
  { name: "manifests of 4 MiB at most", faults: () => [faults.maxManifestLength(4 * mib)] },
  { name: "tags in lower case", faults: () => [faults.lowerCaseTags()] },
  { name: "tags that can be written once", faults: ({ storage }) => [faults.immutableTags(storage, "ecr")] },
];

/** Of signing in; there is always one of these. */
export const signIns: readonly Quirk[] = [
  { name: "no sign-in", faults: () => [] },
  {
    name: "Basic",
    faults: () => [faults.requireBasic(credentials.username, credentials.password)],
    options: signedIn,
  },
  {
    name: "Basic behind Negotiate",
    faults: () => [faults.requireBasic(credentials.username, credentials.password, ["Negotiate", "NTLM"])],
    options: signedIn,
  },
  ...(
    [
      ["tokens", {}],
      ["tokens as access_token", { field: "access_token" }],
      ["tokens by POST alone", { methods: "post" }],
      ["tokens from a relative realm", { realm: () => "/token" }],
      ["tokens for one scope per repository", { duplicateScopeDropsPush: true }],
      ["tokens, with pulls for all", { anonymousPull: true }],
      ["tokens among other challenges", { otherChallenges: ["Negotiate", 'Basic realm="x"'] }],
    ] as const
  ).map(([name, options]) => ({
    name,
    faults: () => [faults.createTokenAuth({ ...credentials, ...options }).fault],
    options: signedIn,
  })),
];

/** Whether these can be met at once. */
export function canMeet(quirks: readonly Quirk[]): boolean {
  const groups = quirks.flatMap(({ group }) => group ?? []);
  return groups.length === new Set(groups).size;
}
