import { setImmediate } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SourceImage, SourceLayer } from "../../../src/content/image-source.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { loadImages, summarizeLists } from "../../helpers/archives/load-images.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { startTestRegistry } from "../../helpers/registries/test-registry.ts";
import { give } from "../../helpers/summarize-plan.ts";

/** The same layer as another program compresses it. */
async function compressedAnew({ diffID, contents, blob }: SourceLayer): Promise<SourceLayer> {
  const stored = await blob?.();
  if (!stored) throw new Error("the layer has no bytes");
  const bytes = gzipSync(gunzipSync(await buffer(stored.open())), { level: 0 });
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  return {
    diffID,
    contents,
    blob: async () => ({ digest: digestOf(bytes), size: bytes.length, compression: "gzip", open }),
  };
}

/** As docker save and as containerd write one image: of the same config, with other layers. */
async function twoForms(): Promise<[plain: SourceImage, own: SourceImage]> {
  const own = buildImage({ manifest: "oci" });
  const { names, config, layers } = own;
  return [{ names, config, layers: await Promise.all(layers.map(compressedAnew)) }, own];
}

test("of two forms of one image the one with its own manifest is published, whatever is read first", async () => {
  const [plain, own] = await twoForms();
  const turns = fc.tuple(fc.nat(40), fc.nat(40), fc.boolean());
  const check = async ([first, second, isSwapped]: [number, number, boolean]): Promise<void> => {
    await using registry = await startTestRegistry();
    const given = [give("amd64", [plain]), give("amd64", [own])];
    if (isSwapped) given.reverse();
    const sources = given.map(({ source, flag }, at) => ({
      title: source.title,
      ...(flag ? { flag } : {}),
      open: async () => {
        for (let left = at === 0 ? first : second; left > 0; left -= 1) await setImmediate();
        return source;
      },
    }));
    const report = await loadImages(registry.host, [], { sources });
    expect(summarizeLists(report)).toEqual(["rancher/pause:3.1: amd64 pushed"]);
    expect(report.lists[0]?.cells[0]?.digest).toBe(own.manifest?.descriptor.digest);
    expect(registry.failures).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(turns, check), { numRuns: 25 });
});
