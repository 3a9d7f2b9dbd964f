import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { BlobPusher } from "../../../src/registry/blobs/blob-pusher.ts";
import type { RegistryClient } from "../../../src/registry/client/registry-client.ts";
import { Slots } from "../../../src/registry/http/slots.ts";
import { makeBlob } from "../../helpers/registries/publish-app.ts";

const blob = makeBlob(10, "blob");

/** A registry that has all blobs of ten bytes, and what it was asked. */
function pusherWithAll(): { readonly pusher: BlobPusher; readonly asked: string[] } {
  const asked: string[] = [];
  const client = {
    host: "registry.test",
    async send({ url }: { readonly url: string }) {
      asked.push(url);
      return { status: 200, headers: new Map([["content-length", ["10"]]]), discard: async () => {} };
    },
  };
  const settings = { commitTimeout: 1000, stallTimeout: 1000, rateLimit: undefined };
  return { pusher: new BlobPusher(client as unknown as RegistryClient, settings, new Slots(4)), asked };
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    await setImmediate();
    collect();
  }
}

describe("a blob that is there", () => {
  test("is not asked for again in that repository", async () => {
    const { pusher, asked } = pusherWithAll();
    for (const repository of ["a", "a", "b"]) {
      expect(await pusher.push({ repository, ...blob, options: {} })).toBe("present");
    }
    expect(asked).toHaveLength(2);
  });

  test("keeps nothing of what it was asked for with, once a manifest has it", async () => {
    const { pusher } = pusherWithAll();
    const push = async (repository: string): Promise<WeakRef<AbortSignal>> => {
      const { signal } = new AbortController();
      await pusher.push({ repository, ...blob, options: { signal } });
      pusher.release(repository, [blob.descriptor.digest]);
      return new WeakRef(signal);
    };
    const signals = [await push("a"), await push("b"), await push("a")];
    await collectGarbage();
    expect(signals.map((signal) => signal.deref())).toEqual([undefined, undefined, undefined]);
    expect(await pusher.push({ repository: "a", ...blob, options: {} })).toBe("present");
  });
});
