import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openKnownLayers } from "../../../src/cli/files/known-layers-file.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import type { KnownBlob } from "../../../src/transfer/load/layer-reuse.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const layer = digestOf("layer");

function blob(content: string, more: Partial<KnownBlob> = {}): KnownBlob {
  return { digest: digestOf(content), size: content.length, compression: "gzip", ...more };
}

async function remember(directory: string | undefined, ...pairs: readonly (readonly [Digest, KnownBlob])[]) {
  await using known = openKnownLayers(directory);
  for (const [diffID, each] of pairs) known.add(diffID, each);
}

async function find(directory: string | undefined, diffID = layer): Promise<readonly KnownBlob[]> {
  await using known = openKnownLayers(directory);
  return await known.find(diffID);
}

describe("blobs that are known to be layers", () => {
  test("are found by the next run, the newest first", async () => {
    const directory = join(await makeTempFolder(), "cache");
    const [old, plain] = [blob("old"), blob("newer", { compression: "none" })];
    await remember(directory, [layer, old], [digestOf("other"), blob("x")]);
    await remember(directory, [layer, plain]);
    expect(await find(directory)).toEqual([plain, old]);
    expect(await find(directory, digestOf("unknown"))).toEqual([]);
  });

  test("are found by the run that adds them, before what earlier ones have written", async () => {
    const directory = await makeTempFolder();
    await remember(directory, [layer, blob("old")]);
    await using known = openKnownLayers(directory);
    known.add(layer, blob("new"));
    expect(await known.find(layer)).toEqual([blob("new"), blob("old")]);
  });

  test("are not many of one layer, since each may cost a request", async () => {
    const directory = await makeTempFolder();
    await remember(directory, ...["a", "b", "c", "d", "e", "f"].map((text) => [layer, blob(text)] as const));
    expect(await find(directory)).toEqual(["f", "e", "d", "c"].map((text) => blob(text)));
  });

  test("are kept beside those that another run has written meanwhile", async () => {
    const directory = await makeTempFolder();
    await using known = openKnownLayers(directory);
    await known.find(layer);
    await remember(directory, [layer, blob("theirs")]);
    known.add(layer, blob("ours"));
    await known[Symbol.asyncDispose]();
    expect(await find(directory)).toEqual([blob("ours"), blob("theirs")]);
  });

  test("are forgotten where there are too many, those that were written first", async () => {
    const directory = await makeTempFolder();
    const many = Array.from({ length: 50_001 }, (_, i) => [digestOf(`layer ${i}`), blob(`${i}`)] as const);
    await remember(directory, ...many);
    expect(await find(directory, digestOf("layer 0"))).toEqual([]);
    expect(await find(directory, digestOf("layer 1"))).toEqual([blob("1")]);
    expect(await find(directory, digestOf("layer 50000"))).toEqual([blob("50000")]);
  });

  test("are not written again where nothing is new", async () => {
    const directory = await makeTempFolder();
    await remember(directory, [layer, blob("a")], [layer, blob("b")]);
    const before = await readFile(join(directory, "known-layers"));
    await remember(directory, [layer, blob("a")]);
    expect(await readFile(join(directory, "known-layers"))).toEqual(before);
    expect(await readdir(directory)).toEqual(["known-layers"]);
  });

  test("are forgotten where their file was damaged, and learned again", async () => {
    const directory = await makeTempFolder();
    await remember(directory, [layer, blob("a")]);
    const bytes = await readFile(join(directory, "known-layers"));
    bytes[40]! ^= 1;
    await writeFile(join(directory, "known-layers"), bytes);
    expect(await find(directory)).toEqual([]);
    await remember(directory, [layer, blob("a")]);
    expect(await find(directory)).toEqual([blob("a")]);
  });

  test("are not believed where others can write the file", async () => {
    const directory = await makeTempFolder();
    await remember(directory, [layer, blob("a")]);
    await chmod(join(directory, "known-layers"), 0o666);
    expect(await find(directory)).toEqual([]);
  });

  test("are known for the run alone where there is no folder, or none can be made", async () => {
    const file = join(await makeTempFolder(), "file");
    await writeFile(file, "");
    for (const directory of [undefined, join(file, "cache")]) {
      await remember(directory, [layer, blob("a")]);
      expect(await find(directory)).toEqual([]);
    }
  });
});
