import { describe, expect, onTestFinished, test } from "vitest";
import { buildIndex, buildManifest } from "../../../src/oci/manifest.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";
import { makeBlob } from "../../helpers/registries/publish-app.ts";
import * as faults from "../../helpers/registries/registry-faults.ts";
import { openPing, scriptStore } from "../../helpers/registries/scripted-store.ts";
import {
  type Answer,
  breakage,
  type Exchange,
  refusal,
} from "../../helpers/registries/scripted-transport.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const { faultFor, requestsFor } = faults;
const config = makeBlob(20, "config");
const layer = makeBlob(30, "layer");
const manifest = buildManifest("oci", config.descriptor, [layer.descriptor]);
const index = buildIndex("oci", [
  { ...manifest.descriptor, platform: { os: "linux", architecture: "arm64" } },
]);
const { digest } = manifest.descriptor;
const path = "/v2/team/app";

function described(status = 200): Answer {
  const { mediaType, size } = manifest.descriptor;
  const headers = {
    "docker-content-digest": digest,
    "content-length": String(size),
    "content-type": mediaType,
  };
  return { status, headers };
}

const unknown = refusal(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
const put: Exchange = {
  on: `PUT ${path}/manifests/1`,
  headers: { "content-type": manifest.descriptor.mediaType, "content-length": String(manifest.bytes.length) },
  answer: 201,
};
const there = ({ descriptor }: typeof config): Answer => ({
  status: 200,
  headers: { "content-length": String(descriptor.size) },
});
const headOf = (blob: typeof config): string => `HEAD ${path}/blobs/${blob.descriptor.digest}`;

describe("a manifest", () => {
  test("is sent with its own type and length, byte for byte", async () => {
    const { store } = await scriptStore([
      openPing,
      { ...put, body: new TextDecoder().decode(manifest.bytes) },
    ]);
    await expect(store.repository("team/app").pushManifest("1", manifest)).resolves.toBeUndefined();
  });

  test("is sent again where the answer was lost", async () => {
    const { store } = await scriptStore([
      openPing,
      { ...put, answer: breakage("ECONNRESET") },
      { ...put, answer: 502 },
      put,
    ]);
    await expect(store.repository("team/app").pushManifest("1", manifest)).resolves.toBeUndefined();
  });

  test("with layers that are elsewhere is sent again where the registry is in trouble for a moment", async () => {
    const foreign = buildManifest("oci", config.descriptor, [
      { ...layer.descriptor, urls: ["https://a.site/b"] },
    ]);
    const answer = refusal(500, "UNKNOWN", "unknown error");
    const trouble = { on: put.on, answer };
    const { store } = await scriptStore([openPing, trouble, trouble, { on: put.on, answer: 201 }]);
    await expect(store.repository("team/app").pushManifest("1", foreign)).resolves.toBeUndefined();
  });

  test("that the registry says it kept as another one is a failure", async () => {
    const answer = { status: 201, headers: { "docker-content-digest": index.descriptor.digest } };
    const { store } = await scriptStore([openPing, { ...put, answer }]);
    await expect(store.repository("team/app").pushManifest("1", manifest)).rejects.toMatchObject({
      code: "DIGEST_DIFFERS",
      exitCode: 76,
    });
  });

  test.each([
    ["the blobs", unknown],
    [
      "what its core put there, as Harbor tells it",
      refusal(404, "UNKNOWN", 'http status code: 404, body: {"errors":[{"code":"MANIFEST_UNKNOWN"}]}'),
    ],
  ])("waits for a registry that only takes its time to know %s", async (_, answer) => {
    const { store, clock } = await scriptStore([
      openPing,
      ...[1, 2].flatMap(() => [
        { ...put, answer },
        { on: headOf(config), answer: there(config) },
        { on: headOf(layer), answer: there(layer) },
      ]),
      put,
    ]);
    await store.repository("team/app").pushManifest("1", manifest);
    expect(clock.sleeps).toEqual([1000, 2000]);
  });

  test("is refused at once where a blob is missing that nobody here can send", async () => {
    const { store } = await scriptStore([
      openPing,
      { ...put, answer: unknown },
      { on: headOf(config), answer: 404 },
      { on: headOf(layer), answer: there(layer) },
    ]);
    await expect(store.repository("team/app").pushManifest("1", manifest)).rejects.toMatchObject({
      code: "MANIFEST_PARTS_MISSING",
      exitCode: 76,
    });
  });

  test("that is called invalid is of a wrong type only where its parts are there", async () => {
    const { store } = await scriptStore([
      openPing,
      { ...put, answer: refusal(400, "MANIFEST_INVALID", "manifest invalid") },
      { on: headOf(config), answer: there(config) },
      { on: headOf(layer), answer: there(layer) },
    ]);
    await expect(store.repository("team/app").pushManifest("1", manifest)).rejects.toMatchObject({
      code: "MEDIA_TYPE_REFUSED",
    });
  });

  test("goes up once at a time, under however many tags", async () => {
    let now = 0;
    let most = 0;
    const watch: Fault = (handler) => async (request, response) => {
      if (!requestsFor.manifestPut(request)) return handler(request, response);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      await handler(request, response).finally(() => now--);
    };
    const { repository } = await open(watch);
    await pushParts(repository);
    await Promise.all(
      ["1", "2", "3", digest].map((reference) => repository.pushManifest(reference, manifest)),
    );
    expect(most).toBe(1);
  });
});

describe("what a registry lost", () => {
  test.each([
    { title: "refuses with a page of its proxy's", fault: faults.errorsAsHtml() },
    { title: "does not say which blobs it has", fault: faults.blobHeadStatus(403) },
  ])("is sent again to one that $title", async ({ fault }) => {
    const { repository, registry } = await open();
    registry.faults = [fault, faults.forgetBlobsBeforeManifest(registry.storage, 1)];
    await pushParts(repository);
    await repository.pushManifest("1", manifest);
    expect(await registry.readBlob("team/app", layer.descriptor.digest)).toEqual(layer.bytes);
  });

  test("of blobs is sent again before their manifest", async () => {
    const { repository, registry } = await open();
    registry.faults = [faults.forgetBlobsBeforeManifest(registry.storage, 2)];
    await pushParts(repository);
    await repository.pushManifest("1", manifest);
    expect(await registry.readBlob("team/app", layer.descriptor.digest)).toEqual(layer.bytes);
  });

  test("of children is sent again before their list", async () => {
    const { repository, registry } = await open();
    await pushParts(repository);
    await repository.pushManifest(digest, manifest);
    registry.faults = [faults.forgetBlobsBeforeManifest(registry.storage)];
    await repository.pushManifest("1", index);
    expect((await registry.readTag("team/app", digest))?.descriptor.digest).toBe(digest);
  });
});

describe("what a tag names", () => {
  const head = `HEAD ${path}/manifests/1`;
  const get = `GET ${path}/manifests/1`;
  const whole: Answer = { ...described(), body: new TextDecoder().decode(manifest.bytes) };

  test.for([
    {
      name: "is asked with HEAD, all types accepted",
      script: [{ on: head, headers: { accept: /index.*list.*manifest/ }, answer: described() }],
    },
    { name: "is nothing where there is nothing", script: [{ on: head, answer: 404 }], none: true },
    {
      name: "is fetched where HEAD leaves the digest out",
      script: [
        { on: head, answer: 200 },
        { on: get, answer: whole },
      ],
    },
    {
      name: "is fetched where HEAD is refused",
      script: [
        { on: head, answer: 405 },
        { on: get, answer: whole },
      ],
    },
    {
      name: "is fetched where HEAD fails",
      script: [
        { on: head, answer: 500 },
        { on: head, answer: 500 },
        { on: get, answer: whole },
      ],
    },
  ])("$name", async ({ script, none }) => {
    const { store } = await scriptStore([openPing, ...script]);
    expect(await store.repository("team/app").resolve("1")).toEqual(none ? undefined : manifest.descriptor);
  });

  test.for([
    { status: 403, exitCode: 77 },
    { status: 405, exitCode: 76 },
  ])("cannot be verified where GET is answered $status too", async ({ status, exitCode }) => {
    const { store } = await scriptStore([
      openPing,
      { on: head, answer: status },
      { on: get, answer: status },
    ]);
    await expect(store.repository("team/app").resolve("1")).rejects.toMatchObject({
      code: "NOT_VERIFIABLE",
      exitCode,
    });
  });

  test("is refused where its bytes have another digest than was asked for", async () => {
    const { store } = await scriptStore([
      openPing,
      { on: `GET ${path}/manifests/${digest}`, answer: { status: 200, body: "other" } },
    ]);
    await expect(store.repository("team/app").fetchManifest(digest)).rejects.toMatchObject({
      code: "DIGEST_DIFFERS",
    });
  });

  test("is not read beyond the size of any manifest", async () => {
    const { store } = await scriptStore([
      openPing,
      { on: get, answer: { status: 200, body: " ".repeat(4_200_000) } },
    ]);
    await expect(store.repository("team/app").fetchManifest("1")).rejects.toMatchObject({
      code: "RESPONSE_TOO_LARGE",
    });
  });

  test.for(["../../x", "a/b", "", "sha256:12"])("cannot be asked for as %o", async (reference) => {
    const { store } = await scriptStore([]);
    await expect(store.repository("team/app").fetchManifest(reference)).rejects.toMatchObject({
      code: "REFERENCE_INVALID",
    });
  });
});

describe("tags", () => {
  const first = `GET ${path}/tags/list?n=1000`;

  test("are read page by page", async () => {
    const { store } = await scriptStore([
      openPing,
      {
        on: first,
        answer: {
          status: 200,
          headers: { link: `<${path}/tags/list?n=2&last=b>; rel="next"` },
          body: { tags: ["a", "b"] },
        },
      },
      {
        on: `GET ${path}/tags/list?n=2&last=b`,
        answer: { status: 200, headers: { link: "<?n=2&last=c>; rel=next" }, body: { tags: ["c"] } },
      },
      { on: `GET ${path}/tags/list?n=2&last=c`, answer: { status: 200, body: { tags: null } } },
    ]);
    expect(await store.repository("team/app").listTags()).toEqual(["a", "b", "c"]);
  });

  test("are none for a repository that is not there", async () => {
    const { store } = await scriptStore([openPing, { on: first, answer: refusal(404, "NAME_UNKNOWN") }]);
    expect(await store.repository("team/app").listTags()).toEqual([]);
  });

  test("may be as many as fit into an answer", async () => {
    const tags = Array.from({ length: 500_000 }, () => "a");
    const { store } = await scriptStore([openPing, { on: first, answer: { status: 200, body: { tags } } }]);
    expect(await store.repository("team/app").listTags()).toHaveLength(500_000);
  });

  test("that go on and on are refused", async () => {
    const tags = Array.from({ length: 60_000 }, () => "a".repeat(120));
    const pages = Array.from({ length: 10 }, (_, at) => ({
      on: at === 0 ? first : `GET ${path}/tags/list?page=${at}`,
      answer: {
        status: 200,
        headers: { link: `<${path}/tags/list?page=${at + 1}>; rel="next"` },
        body: { tags },
      },
    }));
    const { store } = await scriptStore([openPing, ...pages]);
    await expect(store.repository("team/app").listTags()).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      message: expect.stringContaining("it has no end"),
    });
  });

  test("that come round again are refused", async () => {
    const answer = {
      status: 200,
      headers: { link: `<${path}/tags/list?n=1000>; rel="next"` },
      body: { tags: ["a"] },
    };
    const { store } = await scriptStore([openPing, { on: first, answer }]);
    await expect(store.repository("team/app").listTags()).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });
});

describe("a blob that is fetched", () => {
  test("comes from wherever the registry sends its readers", async () => {
    const { repository, registry } = await open();
    await pushParts(repository);
    const elsewhere = await startTestRegistry({ storage: registry.storage });
    onTestFinished(() => elsewhere.stop());
    registry.faults = [faults.redirectBlobs(elsewhere.url)];
    expect(await read(repository.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
    expect(elsewhere.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  test("goes on where the connection broke", async () => {
    const { repository, registry } = await open();
    await pushParts(repository);
    const before = registry.requests.length;
    registry.faults = [faultFor(requestsFor.blobGet, faults.truncateAnswer(10), { times: 2 })];
    expect(await read(repository.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
    const ranges = registry.requests.slice(before).map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, "bytes=10-", "bytes=20-"]);
  });

  test("tells of long waits for a connection that keeps breaking", async () => {
    const { repository, registry, notices } = await open();
    await pushParts(repository);
    registry.faults = [faultFor(requestsFor.blobGet, faults.truncateAnswer(5), { times: 3 })];
    expect(await read(repository.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
    expect(notices.filter((text) => text.includes("again"))).toEqual([
      expect.stringMatching(/^Registry ".*" does not answer \(.+\), trying again in 8 s \(4 of 4\)$/),
    ]);
  });

  test("starts over within itself where the registry knows no ranges", async () => {
    const { repository, registry } = await open();
    await pushParts(repository);
    const cut = faultFor(requestsFor.blobGet, faults.truncateAnswer(10), { times: 2 });
    registry.faults = [withoutRanges, cut];
    expect(await read(repository.fetchBlob(layer.descriptor))).toEqual(layer.bytes);
  });

  test.for([
    { name: "damaged", fault: faults.corruptBlobs(), code: "BLOB_MISMATCH" },
    {
      name: "cut off",
      fault: faultFor(requestsFor.blobGet, faults.truncateAnswer(5)),
      code: "CONNECTION_BROKEN",
    },
    {
      name: "gone",
      fault: faultFor(requestsFor.blobGet, faults.refuse({ status: 404, code: "BLOB_UNKNOWN" })),
      code: "REGISTRY_REFUSED",
    },
  ])("and is $name ends in an error, never in an end", async ({ fault, code }) => {
    const { repository, registry } = await open();
    await pushParts(repository);
    registry.faults = [fault];
    await expect(read(repository.fetchBlob(layer.descriptor))).rejects.toMatchObject({ code });
  });

  test.for([
    { head: 403, status: 206, range: "bytes 0-0/SIZE", expected: true },
    { head: 404, status: 206, range: "bytes 0-0/SIZE", expected: true },
    { head: 403, status: 206, range: "bytes 0-0/7", expected: false },
    { head: 403, status: 404, range: "", expected: false },
    { head: 404, status: 404, range: "", expected: false },
  ])(
    "is known to be there by its first byte where HEAD says $head: $status $range",
    async ({ head: refused, status, range, expected }) => {
      const { store } = await scriptStore([
        openPing,
        { on: headOf(layer), answer: refused },
        {
          on: headOf(layer).replace("HEAD", "GET"),
          headers: { range: "bytes=0-0" },
          answer: {
            status,
            headers: { "content-range": range.replace("SIZE", String(layer.descriptor.size)) },
          },
        },
      ]);
      expect(await store.repository("team/app").hasBlob(layer.descriptor)).toBe(expected);
    },
  );
});

/** A registry that knows no ranges. */
function withoutRanges(handler: Parameters<Fault>[0]): ReturnType<Fault> {
  return (request, response) => {
    delete request.headers.range;
    return handler(request, response);
  };
}

function post(repository: string, answer: Answer | number): Exchange {
  return { on: `POST /v2/${repository}/blobs/uploads/`, answer };
}

describe("access", () => {
  const opened = { status: 202, headers: { location: "/u/1" } };
  const cancelled: Exchange = { on: "DELETE /u/1", answer: 204 };

  test("is tried once per top-level namespace, and every upload is cancelled", async () => {
    const { store } = await scriptStore([
      openPing,
      post("a/x", opened),
      cancelled,
      post("b/x/y", opened),
      cancelled,
    ]);
    await expect(store.checkAccess(["a/x", "a/y", "b/x/y", "b/z"])).resolves.toBeUndefined();
  });

  test("is tried once in a run, however many archives ask", async () => {
    const { store } = await scriptStore([openPing, post("a/x", opened), cancelled]);
    for (const name of ["a/x", "a/y"]) await store.checkAccess([name]);
    await expect(store.checkAccess(["a/z"])).resolves.toBeUndefined();
  });

  test("that is refused is told for all namespaces at once", async () => {
    const denied = refusal(403, "DENIED", "no");
    const { store } = await scriptStore([
      openPing,
      post("a/x", denied),
      post("b/x", opened),
      cancelled,
      post("c/x", denied),
    ]);
    await expect(store.checkAccess(["a/x", "b/x", "c/x"])).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      exitCode: 77,
      message: expect.stringMatching(/"registry\.site\/a\/x".*\n.*"registry\.site\/c\/x"/),
    });
  });

  test("to ECR is tried for each repository, since each has to be there", async () => {
    const host = "1.dkr.ecr.eu-west-1.amazonaws.com";
    const missing = refusal(404, "NAME_UNKNOWN", "does not exist");
    const script = [openPing, post("a/x", opened), cancelled, post("a/y", missing)].map((exchange) =>
      at(host, exchange),
    );
    const { store } = await scriptStore(script, { host });
    await expect(store.checkAccess(["a/x", "a/y"])).rejects.toMatchObject({
      code: "REPOSITORY_UNKNOWN",
      hint: expect.stringContaining("aws ecr create-repository --repository-name a/y"),
    });
  });

  test("to Docker Hub is told to be public", async () => {
    const script = [openPing, post("a/x", opened), cancelled].map((exchange) =>
      at("registry-1.docker.io", exchange),
    );
    const { store, notices } = await scriptStore(script, { host: "docker.io" });
    await store.checkAccess(["a/x"]);
    expect(notices).toEqual(["Docker Hub makes repositories that it creates on push public"]);
  });

  test("to Harbor needs a project in every name", async () => {
    const challenge = {
      status: 401,
      headers: { "www-authenticate": 'Bearer realm="https://registry.site/service/token"' },
    };
    const { store } = await scriptStore([{ on: "GET /v2/", answer: challenge }]);
    await expect(store.checkAccess(["busybox"])).rejects.toMatchObject({
      code: "NAME_REFUSED",
      hint: "Harbor wants PROJECT/NAME: put a project in front with --prefix PROJECT.",
    });
  });

  test("with a wrong password is tried once, whatever the number of namespaces", async () => {
    const challenge = { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } };
    const script = [
      { on: "GET /v2/", answer: challenge },
      { on: "GET /v2/", headers: { authorization: /^Basic / }, answer: challenge },
    ];
    const { store } = await scriptStore(script, { credentials: { username: "u", password: "wrong" } });
    await expect(store.checkAccess(["a/x", "b/x"])).rejects.toMatchObject({
      code: "SIGN_IN_FAILED",
      exitCode: 77,
    });
  });
});

async function open(...quirks: readonly Fault[]) {
  const registry: TestRegistry = await startTestRegistry({ faults: quirks });
  onTestFinished(() => registry.stop());
  const notices: string[] = [];
  const store = await createRegistryStore({
    host: registry.host,
    plainHttp: true,
    env: {},
    clock: createFakeClock(),
    onNotice: ({ text }) => void notices.push(text),
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { registry, repository: store.repository("team/app"), notices };
}

async function pushParts(repository: Awaited<ReturnType<typeof open>>["repository"]): Promise<void> {
  for (const blob of [config, layer]) await repository.pushBlob(blob.descriptor, blob.open);
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** An exchange with another host than the usual one. */
function at(host: string, exchange: Exchange): Exchange {
  return { ...exchange, on: String(exchange.on).replace(" ", ` https://${host}`) };
}
