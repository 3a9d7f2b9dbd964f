import { describe, expect, onTestFinished, test } from "vitest";
import type { Store } from "../../../src/content/repository.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { paceAnswer } from "../../../src/registry/http/answer-pace.ts";
import { createUndiciTransport } from "../../../src/registry/http/undici-transport.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";
import { makeBlob } from "../../helpers/registries/publish-app.ts";
import * as faults from "../../helpers/registries/registry-faults.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const { createTokenAuth, faultFor, requestsFor, trickle } = faults;

/** A store over real connections, by whose clock each wait takes ten seconds. */
async function open(
  quirks: readonly Fault[],
  proxy?: TestRegistry,
): Promise<{ store: Store; registry: TestRegistry }> {
  const registry = await startTestRegistry({ faults: quirks });
  onTestFinished(() => registry.stop());
  let time = 0;
  const transport = createUndiciTransport({
    connections: 4,
    tlsFor: async () => ({}),
    proxyFor: () => (proxy ? new URL(proxy.url) : undefined),
    limits: {
      pace: { bytes: 64 * 1024, milliseconds: 60_000 },
      discardTimeout: 20,
      now: () => (time += 5000),
    },
  });
  const store = await createRegistryStore({
    host: registry.host,
    plainHttp: true,
    env: {},
    credentials: { username: "ada", password: "secret" },
    clock: createFakeClock(),
    transport,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { store, registry };
}

const tooSlow = {
  code: "REGISTRY_TIMEOUT",
  exitCode: 75,
  message: expect.stringMatching(/answers too slowly \(\d+ bytes in 60 seconds\)/),
};
const blob = makeBlob(1000, "a");

async function read(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

async function* wait(clock: { time: number }, each: number, sizes: readonly number[]) {
  for (const size of sizes) {
    clock.time += each;
    yield new Uint8Array(size);
  }
}

describe("a server that sends byte after byte, none of them late", () => {
  test.for<{ what: string; match: faults.RequestMatch; act: (store: Store) => Promise<unknown> }>([
    {
      what: "a manifest",
      match: requestsFor.manifestRead,
      act: (store) => store.repository("app").fetchManifest("1"),
    },
    {
      what: "a blob",
      match: requestsFor.blobGet,
      act: (store) => read(store.repository("app").fetchBlob(blob.descriptor)),
    },
    {
      what: "tags",
      match: (request) => request.url?.includes("/tags/") ?? false,
      act: (store) => store.repository("app").listTags(),
    },
    {
      what: "referrers",
      match: (request) => request.url?.includes("/referrers/") ?? false,
      act: (store) => store.repository("app").listReferrers(digestOf(blob.bytes)),
    },
  ])("cannot hold whoever reads $what", async ({ match, act }) => {
    const { store } = await open([faultFor(match, trickle(200))]);
    await expect(act(store)).rejects.toMatchObject(tooSlow);
  });

  test("cannot hold whoever asks for a token", async () => {
    const auth = createTokenAuth({ username: "ada", password: "secret" });
    const { store } = await open([
      faultFor((request) => request.url?.startsWith("/token") ?? false, trickle(200)),
      auth.fault,
    ]);
    await expect(store.repository("app").fetchManifest("1")).rejects.toMatchObject(tooSlow);
  });

  test("cannot hold whoever goes through it, where it is a proxy", async () => {
    const proxy = await startTestRegistry({
      faults: [
        faultFor(requestsFor.manifestRead, trickle(200)),
        () => async (_request, response) => void response.end(),
      ],
    });
    onTestFinished(() => proxy.stop());
    const { store } = await open([], proxy);
    await expect(store.repository("app").fetchManifest("1")).rejects.toMatchObject(tooSlow);
    expect(proxy.requests.length).toBeGreaterThan(0);
  });

  test("cannot hold whoever reads why it refuses", async () => {
    const { store } = await open([faultFor(requestsFor.manifestRead, trickle(400))]);
    await expect(store.repository("app").fetchManifest("1")).rejects.toMatchObject({ exitCode: 76 });
  });

  test("cannot hold an upload whose answer nobody reads to its end", async () => {
    const { store } = await open([faultFor(requestsFor.commit, trickle(201))]);
    expect(await store.repository("app").pushBlob(blob.descriptor, blob.open)).toBe("pushed");
  });
});

test("interim answers give a server no more time than it has", async () => {
  const { store } = await open([faultFor(requestsFor.manifestRead, faults.onlyInterim())]);
  await expect(store.repository("app").fetchManifest("1")).rejects.toMatchObject({
    code: "REGISTRY_TIMEOUT",
    message: expect.stringContaining("INTERIM_ANSWER_TIMEOUT"),
  });
});

describe("the time that an answer has", () => {
  const pace = { bytes: 1000, milliseconds: 60_000 };

  test.for([
    { name: "grows with what has come", each: 30_000, sizes: Array<number>(50).fill(500), ends: "well" },
    {
      name: "is not saved up by what came fast",
      each: 30_000,
      sizes: [1e9, 1, 1, 1],
      ends: "bytes in 60 seconds",
    },
    { name: "is enough for what is small", each: 20_000, sizes: [1, 1, 1], ends: "well" },
  ])("$name", async ({ each, sizes, ends }) => {
    const clock = { time: 0 };
    const reading = read(paceAnswer(wait(clock, each, sizes), pace, () => clock.time));
    const ended = await reading.then(
      () => "well",
      (error: Error) => error.message,
    );
    expect(ended).toMatch(ends);
  });

  test("is none of the reader's", async () => {
    const clock = { time: 0 };
    for await (const _ of paceAnswer(wait(clock, 1000, [1, 1, 1, 1]), pace, () => clock.time)) {
      clock.time += 100_000;
    }
    expect(clock.time).toBe(404_000);
  });
});
