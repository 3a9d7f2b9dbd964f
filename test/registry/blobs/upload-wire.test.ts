import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Store } from "../../../src/content/repository.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { createRegistryStore, type RegistryStoreOptions } from "../../../src/registry/registry-store.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";
import { overwritten } from "../../helpers/overwritten.ts";
import { makeBlob, type TestBlob } from "../../helpers/registries/publish-app.ts";
import * as faults from "../../helpers/registries/registry-faults.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const { faultFor, requestsFor } = faults;
const mib = 1024 * 1024;

async function open(
  options: Partial<RegistryStoreOptions> = {},
  ...quirks: readonly Fault[]
): Promise<{ registry: TestRegistry; store: Store }> {
  const registry = await startTestRegistry({ faults: quirks });
  onTestFinished(() => registry.stop());
  const clock = createFakeClock();
  const store = await createRegistryStore({
    host: registry.host,
    plainHttp: true,
    env: {},
    clock,
    ...options,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { registry, store };
}

function push(
  store: Store,
  repository: string,
  { descriptor, open: opener }: TestBlob,
  signal?: AbortSignal,
) {
  return store.repository(repository).pushBlob(descriptor, opener, signal ? { signal } : {});
}

function count(registry: TestRegistry, method: string, url: RegExp): number {
  return registry.requests.filter((request) => request.method === method && url.test(request.url)).length;
}

test("a source that overwrites its chunks is sent whole", async () => {
  const { registry, store } = await open();
  const blob = makeBlob(3_000_000, "large");
  const opener: typeof blob.open = () => overwritten(blob.bytes, 256 * 1024);
  await store.repository("a").pushBlob(blob.descriptor, opener);
  const stored = await registry.readBlob("a", blob.descriptor.digest);
  expect(digestOf(stored)).toBe(digestOf(blob.bytes));
});

describe("wrong bytes from a source", () => {
  const blob = makeBlob(200_000, "right");
  const wrong = makeBlob(200_000, "wrong");

  test.for([
    { name: "of the same size", open: wrong.open },
    { name: "too few", open: makeBlob(199_999, "right").open },
    { name: "too many", open: makeBlob(200_001, "right").open },
    { name: "none", open: makeBlob(0, "").open },
  ])(
    "$name end the push, are not tried again, and never reach the registry whole",
    async ({ open: opener }) => {
      const { registry, store } = await open();
      let opened = 0;
      const counted: typeof opener = (signal) => {
        opened++;
        return opener(signal);
      };
      await expect(store.repository("a").pushBlob(blob.descriptor, counted)).rejects.toMatchObject({
        code: "BLOB_MISMATCH",
        exitCode: 65,
      });
      expect(opened).toBe(1);
      expect(count(registry, "DELETE", /uploads/)).toBe(1);
      expect(
        registry.requests.filter(({ method, status }) => method === "PUT" && status !== undefined),
      ).toEqual([]);
      await expect(registry.readBlob("a", blob.descriptor.digest)).rejects.toThrow("has no blob");
    },
  );

  test("and a source that fails end with its own error", async () => {
    const { store } = await open();
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield blob.bytes.subarray(0, 70_000);
      throw Object.assign(new Error("disk is gone"), { code: "EIO" });
    }
    await expect(store.repository("a").pushBlob(blob.descriptor, failing)).rejects.toThrow("disk is gone");
  });

  test("do not keep the right ones from going up later", async () => {
    const { store } = await open();
    await expect(store.repository("a").pushBlob(blob.descriptor, wrong.open)).rejects.toThrow(
      "its bytes have the digest",
    );
    expect(await push(store, "a", blob)).toBe("pushed");
  });
});

describe("one blob asked for many times at once", () => {
  test("goes up once, and is mounted elsewhere", async () => {
    const { registry, store } = await open();
    const blob = makeBlob(mib, "shared");
    const outcomes = await Promise.all(["a", "b", "a", "c", "b", "d"].map((name) => push(store, name, blob)));
    expect(outcomes).toEqual(["pushed", "mounted", "present", "mounted", "present", "mounted"]);
    expect(count(registry, "PUT", /uploads/)).toBe(1);
  });

  test("goes up from the second one where the first was stopped", async () => {
    const blob = makeBlob(mib, "shared");
    const { store } = await open();
    const controller = new AbortController();
    const first = store.repository("a").pushBlob(blob.descriptor, blob.open, {
      signal: controller.signal,
      onBytes: (sent) => {
        if (sent > 0) controller.abort(new Error("stop"));
      },
    });
    const second = push(store, "a", blob);
    await expect(first).rejects.toThrow("stop");
    expect(await second).toBe("pushed");
  });
});

/** The most commits at a time, once `expected` of them have come and could not go on before. */
async function mostAtOnce(expected: number, concurrency: number | undefined): Promise<number> {
  let now = 0;
  let most = 0;
  const gate = new AbortController();
  const enough = once(gate.signal, "abort");
  const barrier: Fault = (handler) => async (request, response) => {
    if (!requestsFor.commit(request)) return handler(request, response);
    most = Math.max(most, ++now);
    if (now === expected) gate.abort();
    await enough;
    await handler(request, response).finally(() => now--);
  };
  const { store } = await open({ concurrency }, barrier);
  await pushMany(store, 12);
  return most;
}

async function pushMany(store: Store, number: number): Promise<void> {
  const blobs = Array.from({ length: number }, (_, i) => makeBlob(100_000, `blob ${i}`));
  await Promise.all(blobs.map((blob) => push(store, "a", blob)));
}

describe("uploads at the same time", () => {
  test.for([
    { concurrency: undefined, expected: 3 },
    { concurrency: 1, expected: 1 },
    { concurrency: 6, expected: 6 },
  ])("are $expected where $concurrency are asked for", async ({ concurrency, expected }) => {
    expect(await mostAtOnce(expected, concurrency)).toBe(expected);
  });

  test("become fewer once the registry says that it is too much", async () => {
    const concurrency = 8;
    let now = 0;
    let seen = 0;
    let mostLater = 0;
    const watch: Fault = (handler) => async (request, response) => {
      if (!requestsFor.commit(request)) return handler(request, response);
      now++;
      if (++seen > concurrency) mostLater = Math.max(mostLater, now);
      await handler(request, response).finally(() => now--);
    };
    const busy = faultFor(requestsFor.blobHead, faults.refuse({ status: 429 }), { times: 3 });
    const { store } = await open({ concurrency }, watch, busy);
    await pushMany(store, 24);
    expect(mostLater).toBeGreaterThan(0);
    expect(mostLater).toBeLessThanOrEqual(concurrency / 2);
  });
});

describe("an upload that is stopped", () => {
  test("is cancelled in the registry, and gives the reason it was stopped for", async () => {
    const { registry, store } = await open();
    const controller = new AbortController();
    const blob = makeBlob(4 * mib, "long");
    const pushed = store.repository("a").pushBlob(blob.descriptor, blob.open, {
      signal: controller.signal,
      onBytes: (sent) => {
        if (sent > mib) controller.abort(new Error("enough"));
      },
    });
    await expect(pushed).rejects.toThrow("enough");
    expect(count(registry, "DELETE", /uploads/)).toBe(1);
  });

  test("lets go of its source", async () => {
    const { store } = await open();
    const controller = new AbortController();
    const blob = makeBlob(4 * mib, "long");
    let isClosed = false;
    async function* opener(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of blob.open()) {
          if (chunk.byteOffset > mib) controller.abort(new Error("enough"));
          yield chunk;
        }
      } finally {
        isClosed = true;
      }
    }
    const { signal } = controller;
    await expect(store.repository("a").pushBlob(blob.descriptor, opener, { signal })).rejects.toThrow(
      "enough",
    );
    expect(isClosed).toBe(true);
  });
});

describe("a registry that is slow", () => {
  test("may take the commit timeout and no longer; what is there then is not sent again", async () => {
    const never = new Promise(() => undefined);
    const { registry, store } = await open(
      { commitTimeout: 2000 },
      faultFor(requestsFor.commit, faults.hold(never)),
    );
    expect(await push(store, "a", makeBlob(1000, "slow"))).toBe("pushed");
    expect(count(registry, "PUT", /uploads/)).toBe(1);
  });

  test("and takes no byte any more is left for a new connection", async () => {
    const { registry, store } = await open(
      { stallTimeout: 1000 },
      faultFor(requestsFor.commit, faults.stall(), { times: 1 }),
    );
    expect(await push(store, "a", makeBlob(16 * mib, "stalled"))).toBe("pushed");
    // On a busy machine the second one may be taken for stalled as well.
    expect(count(registry, "PUT", /uploads/)).toBeGreaterThan(1);
  });
});

describe("an early answer to a large body", () => {
  test.for([
    { status: 401, code: "ACCESS_DENIED" },
    { status: 403, code: "ACCESS_DENIED" },
  ])("of $status is seen, not the broken connection behind it", async ({ status, code }) => {
    const { store } = await open(
      {},
      faultFor(requestsFor.commit, faults.refuseAndClose({ status, code: "DENIED", message: "no" })),
    );
    await expect(push(store, "a", makeBlob(16 * mib, "refused"))).rejects.toMatchObject({ code });
  });
});
