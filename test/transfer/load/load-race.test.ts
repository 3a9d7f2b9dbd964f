import { afterEach, beforeEach, expect, test } from "vitest";
import { loadImages } from "../../helpers/archives/load-images.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { give } from "../../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const architectures = ["amd64", "arm64", "s390x"];
const names = Array.from({ length: 20 }, (_, i) => `rancher/app-${i}:1`);

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

function load(architecture: string, salt = ""): Promise<unknown> {
  return loadImages(registry.host, [
    give(
      architecture,
      names.map((name) => buildImage({ config: `linux/${architecture}`, names: [name], salt })),
    ),
  ]);
}

/** Image and platform of every entry of every list: what of the last loads is there. */
async function countRight(): Promise<number> {
  let right = 0;
  for (const i of names.keys()) {
    const list = await registry.readTag(`rancher/app-${i}`, "1");
    for (const { platform, digest } of list?.kind === "index" ? list.manifests : []) {
      const tagged = await registry.readTag(`rancher/app-${i}`, `1-${platform?.architecture}`);
      if (tagged?.descriptor.digest === digest) right++;
    }
  }
  return right;
}

test.each([
  { title: "new", salt: "" },
  { title: "of the next release", salt: "next" },
])(
  "lists of images that are $title, from three machines at once, are whole after each load was run once more",
  async ({ salt }) => {
    if (salt !== "") for (const architecture of architectures) await load(architecture);
    registry.requests.length = 0;
    await Promise.all(architectures.map((architecture) => load(architecture, salt)));
    const lists = registry.requests.filter(
      ({ method, url }) => method === "PUT" && url.endsWith("/manifests/1"),
    );
    const wanted = names.length * architectures.length;
    const mergedBack = lists.length - wanted;
    const lost = wanted - (await countRight());
    console.log(
      `of ${wanted} entries written at once, ${mergedBack} had to be merged back, ${lost} were lost`,
    );
    for (const architecture of architectures) await load(architecture, salt);
    expect(await countRight()).toBe(wanted);
  },
);
