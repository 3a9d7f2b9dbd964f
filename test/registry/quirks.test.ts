import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRegistryStore, type RegistryStoreOptions } from "../../src/registry/registry-store.ts";
import { createFakeClock } from "../helpers/fake-clock.ts";
import { type AppOptions, publishApp } from "../helpers/publish-app.ts";
import * as faults from "../helpers/registry-faults.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../helpers/test-registry.ts";

const { faultFor, requestsFor } = faults;
const credentials = { username: "robot$loader", password: "s3cret:with:colons" };
const signedIn: Partial<RegistryStoreOptions> = { plainHttp: true, credentials };
const mib = 1024 * 1024;

interface Quirk {
  readonly name: string;
  readonly faults: (registry: TestRegistry) => readonly Fault[];
  readonly options?: Partial<RegistryStoreOptions>;
  readonly app?: AppOptions;
  /** What is said about it. */
  readonly notice?: RegExp;
  /** Of one group there can be only one at a time. */
  readonly group?: "location" | "form" | "lost";
}

/** Ways of a registry, its proxies and its network that must make no difference to the outcome. */
const ways: readonly Quirk[] = [
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
  { name: "429 with seconds to wait", faults: () => [faults.tooManyRequests(3, "2")] },
  { name: "429 with nothing said", faults: () => [faults.tooManyRequests(6)] },
  { name: "503 for a while", faults: () => [faults.tooManyRequests(3, undefined, 503)] },
  {
    name: "429 with bare line feeds",
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
    faults: ({ storage }) => [faults.forgetBlobsBeforeManifest(storage, 3)],
  },
  { name: "children that show only later", faults: () => [faults.childrenVisibleAfter(2)] },
  {
    name: "404 for a manifest without the right Accept",
    faults: ({ storage }) => [faults.strictAccept(storage)],
  },
  { name: "Content-Type compared by the letter", faults: () => [faults.strictContentType()] },
  { name: "warnings", faults: () => [faults.warn("it is going away")], notice: /says: it is going away/ },
  { name: "web pages for errors", faults: () => [faults.errorsAsHtml()] },
];

const signIns: readonly Quirk[] = [
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

interface Outcome {
  /** Whether tag, list, images and blobs are in the store, byte for byte, and can be read back. */
  readonly whole: boolean;
  readonly notices: string;
  readonly failures: readonly unknown[];
}

/** Runs the job through all these quirks at once, and judges by what is in the store. */
async function publishThrough(quirks: readonly Quirk[]): Promise<Outcome> {
  await using registry = await startTestRegistry();
  registry.faults = quirks.flatMap((quirk) => quirk.faults(registry));
  const notices: string[] = [];
  const onNotice = (text: string): void => void notices.push(text);
  const options: RegistryStoreOptions = { host: registry.host, clock: createFakeClock(), env: {}, onNotice };
  await using store = await createRegistryStore(
    Object.assign(options, ...quirks.map((quirk) => quirk.options)),
  );
  const { index, blobs } = await publishApp(store, Object.assign({}, ...quirks.map((quirk) => quirk.app)));
  const found = await registry.readTag("team/app", "1.0");
  const stored = await Promise.all(
    blobs.map(({ descriptor }) => registry.readBlob("team/app", descriptor.digest)),
  );
  const resolved = await store.repository("team/app").resolve("1.0");
  return {
    whole:
      found?.descriptor.digest === index.descriptor.digest &&
      resolved?.digest === index.descriptor.digest &&
      stored.every((bytes, i) => Buffer.from(bytes).equals(blobs[i]?.bytes ?? new Uint8Array())),
    notices: notices.join("\n"),
    failures: registry.failures,
  };
}

describe("a list and all it names arrive whole at a registry with", () => {
  test.for([...signIns, ...ways])("$name", async (quirk) => {
    const outcome = await publishThrough([quirk]);
    expect(outcome).toMatchObject({ whole: true, failures: [] });
    expect(outcome.notices).toMatch(quirk.notice ?? "");
    expect(outcome.notices).not.toContain("s3cret");
  });

  test("any few of these at once", async () => {
    const some = fc
      .tuple(fc.constantFrom(...signIns), fc.subarray([...ways], { minLength: 2, maxLength: 4 }))
      .map(([signIn, chosen]) => [signIn, ...chosen])
      .filter((chosen) => {
        const groups = chosen.flatMap(({ group }) => group ?? []);
        return groups.length === new Set(groups).size;
      });
    await fc.assert(
      fc.asyncProperty(some, async (chosen) => {
        expect(await publishThrough(chosen)).toMatchObject({ whole: true, failures: [] });
      }),
      { seed: 20_251, numRuns: 40 },
    );
  });
});
