import { expect, onTestFinished, test } from "vitest";
import { buildIndex } from "../../../src/oci/manifest.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";
import { faultFor, requestsFor } from "../../helpers/registries/registry-faults.ts";
import { startTestRegistry } from "../../helpers/registries/test-registry.ts";

test("a registry that takes manifests and keeps none is found within seconds, however many there are", async () => {
  const registry = await startTestRegistry({
    faults: [
      faultFor(requestsFor.manifestPut, () => async (request, response) => {
        request.resume();
        response.writeHead(201).end();
      }),
    ],
  });
  onTestFinished(() => registry.stop());
  const clock = createFakeClock();
  await using store = await createRegistryStore({ host: registry.host, plainHttp: true, env: {}, clock });
  const index = buildIndex("oci", []);
  const repository = store.repository("app");
  for (let i = 0; i < 100; i++) {
    await repository.pushManifest(`${i}`, index);
    expect(await repository.fetchManifest(`${i}`)).toBeUndefined();
    expect(await repository.resolve(`${i}`)).toBeUndefined();
  }
  const waited = clock.sleeps.reduce((sum, each) => sum + each, 0);
  expect(waited).toBeGreaterThan(0);
  expect(waited).toBeLessThan(20_000);
});
