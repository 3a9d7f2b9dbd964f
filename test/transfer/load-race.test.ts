import { afterEach, beforeEach, expect, test } from "vitest";
import { loadImages } from "../helpers/load-images.ts";
import { give, image } from "../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/test-registry.ts";

const architectures = ["amd64", "arm64", "s390x"];
const names = Array.from({ length: 20 }, (_, i) => `rancher/app-${i}:1`);

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

function load(architecture: string): Promise<unknown> {
  return loadImages(registry.host, [
    give(
      architecture,
      names.map((name) => image(architecture, name)),
    ),
  ]);
}

async function countEntries(): Promise<number> {
  const lists = await Promise.all(names.map((_, i) => registry.readTag(`rancher/app-${i}`, "1")));
  return lists.reduce((sum, list) => sum + (list?.kind === "index" ? list.manifests.length : 0), 0);
}

test("lists written from three machines at once are whole after each load was run once more", async () => {
  await Promise.all(architectures.map(load));
  const lists = registry.requests.filter(
    ({ method, url }) => method === "PUT" && url.endsWith("/manifests/1"),
  );
  const mergedBack = lists.length - names.length * architectures.length;
  const wanted = names.length * architectures.length;
  const lost = wanted - (await countEntries());
  console.log(`of ${wanted} entries written at once, ${mergedBack} had to be merged back, ${lost} were lost`);
  for (const architecture of architectures) await load(architecture);
  expect(await countEntries()).toBe(wanted);
});
