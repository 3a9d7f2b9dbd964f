import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRegistryStore, type RegistryStoreOptions } from "../../src/registry/registry-store.ts";
import { createFakeClock } from "../helpers/fake-clock.ts";
import { publishApp } from "../helpers/registries/publish-app.ts";
import { canMeet, type Quirk, signIns, ways } from "../helpers/registries/quirks.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import type { OnNotice } from "../../src/content/notice.ts";

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
  const onNotice: OnNotice = ({ text }) => void notices.push(text);
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
      .filter(canMeet);
    await fc.assert(
      fc.asyncProperty(some, async (chosen) => {
        expect(await publishThrough(chosen)).toMatchObject({ whole: true, failures: [] });
      }),
      { seed: 20_251, numRuns: 40 },
    );
  });
});
