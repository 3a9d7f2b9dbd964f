import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { createRegistryStore } from "../../src/registry/registry-store.ts";
import type { Notice } from "../../src/content/notice.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { createFakeClock } from "../helpers/fake-clock.ts";
import { type StartedCli, startCli } from "../helpers/processes/run-cli.ts";
import { makeBlob } from "../helpers/registries/publish-app.ts";
import { requestsFor } from "../helpers/registries/registry-faults.ts";
import {
  type Fault,
  type SeenRequest,
  startTestRegistry,
  type TestRegistry,
} from "../helpers/registries/test-registry.ts";

/** Blobs that go up at a time by themselves. */
const parallel = 3;

function createGate(): { readonly opened: Promise<unknown>; readonly open: () => void } {
  const gate = new AbortController();
  return { opened: once(gate.signal, "abort"), open: () => gate.abort() };
}

function untilClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once("close", resolve));
}

/** A registry that is asked at its slowest: it gets one upload's bytes, and has not yet said where the others are to go. */
async function startSlowRegistry(cancel: Fault): Promise<{
  readonly registry: TestRegistry;
  /** When it has all these uploads. */
  readonly busy: Promise<unknown>;
}> {
  const busy = createGate();
  const firstCancel = createGate();
  let opened = 0;
  let reached = 0;
  const reach = (): void => {
    if (++reached === parallel) busy.open();
  };
  const slow: Fault = (handler) => async (request, response) => {
    if (requestsFor.uploadStart(request)) {
      opened++;
      // The first asks whether there is a right to push, the second is answered.
      if (opened > 2) {
        reach();
        await firstCancel.opened;
      }
    }
    if (requestsFor.commit(request)) {
      reach();
      return untilClosed(response);
    }
    if (request.method !== "DELETE" || opened === 1) return handler(request, response);
    firstCancel.open();
    // Whoever is not waited for while this one takes its time is lost.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    return cancel(handler)(request, response);
  };
  const registry = await startTestRegistry({ faults: [slow] });
  onTestFinished(() => registry.stop());
  return { registry, busy: busy.opened };
}

function load({ host }: TestRegistry): StartedCli {
  return startCli(["--registry", host, "--plain-http", "--arm64", samplePath("derived/long25.tar.zst")]);
}

function begun({ requests }: TestRegistry): SeenRequest[] {
  return requests.filter(({ method, status }) => method === "POST" && status === 202).slice(1);
}

function cancels({ requests }: TestRegistry): SeenRequest[] {
  return requests.filter(({ method }) => method === "DELETE").slice(1);
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s cancels uploads that the registry has only been asked for, too, before connections close",
  async (signal) => {
    const { registry, busy } = await startSlowRegistry((handler) => handler);
    const cli = load(registry);
    await busy;
    cli.child.kill(signal);
    const { code, stderr } = await cli.result;
    expect(code).toBe(signal === "SIGINT" ? 130 : 143);
    expect(begun(registry)).toHaveLength(parallel);
    expect(cancels(registry).map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(stderr).not.toContain("Cannot cancel");
  },
);

test("uploads that the registry does not cancel are told, each", async () => {
  const { registry, busy } = await startSlowRegistry(() => async (_request, response) => {
    response.writeHead(405).end();
  });
  const cli = load(registry);
  await busy;
  cli.child.kill("SIGTERM");
  const { stderr } = await cli.result;
  const told = stderr
    .split("\n")
    .filter((line) => line.startsWith("warning: Cannot cancel the upload begun"));
  expect(told).toHaveLength(parallel);
  expect(told.join("\n")).toMatch(
    /push blob "sha256:.*" to ".*": .*405.*until the registry removes unfinished/s,
  );
});

test("closing a store cancels what is under way, before its connections close", async () => {
  const committing = createGate();
  const registry = await startTestRegistry({
    faults: [
      (handler) => (request, response) => {
        if (!requestsFor.commit(request)) return handler(request, response);
        committing.open();
        return untilClosed(response);
      },
    ],
  });
  onTestFinished(() => registry.stop());
  const store = await createRegistryStore({ host: registry.host, plainHttp: true, env: {} });
  const blob = makeBlob(1000, "a");
  const pushing = store.repository("app").pushBlob(blob.descriptor, blob.open);
  const failing = pushing.catch((error: Error) => error.message);
  await committing.opened;
  await store[Symbol.asyncDispose]();
  expect(registry.requests.at(-1)).toMatchObject({ method: "DELETE", status: 204 });
  expect(await failing).toBe("the run is over");
});

test("an upload that the registry was asked for and never spoke of is told", async () => {
  const asked = createGate();
  const registry = await startTestRegistry({
    faults: [
      (handler) => (request, response) => {
        if (!requestsFor.uploadStart(request)) return handler(request, response);
        asked.open();
        return untilClosed(response);
      },
    ],
  });
  onTestFinished(() => registry.stop());
  const notices: Notice[] = [];
  const clock = createFakeClock();
  await using store = await createRegistryStore({
    host: registry.host,
    plainHttp: true,
    env: {},
    clock,
    onNotice: (notice) => notices.push(notice),
  });
  const stop = new AbortController();
  const blob = makeBlob(1000, "a");
  const pushing = store.repository("app").pushBlob(blob.descriptor, blob.open, { signal: stop.signal });
  const failing = pushing.catch((error: Error) => error.message);
  await asked.opened;
  stop.abort(new Error("stop"));
  expect(await failing).toBe("stop");
  expect(clock.sleeps).toEqual([10_000]);
  expect(notices.map(({ text }) => text)).toEqual([
    expect.stringMatching(
      /^Cannot cancel the upload begun to push blob "sha256:.*: the registry does not answer/,
    ),
  ]);
});
