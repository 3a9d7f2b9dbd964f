import { describe, expect, test } from "vitest";
import { parseDockerManifest } from "../../../src/archive/images/docker-manifest.ts";

const parse = (text: string): ReturnType<typeof parseDockerManifest> =>
  parseDockerManifest(Buffer.from(text));
const digest = `sha256:${"a".repeat(64)}`;

describe("parseDockerManifest()", () => {
  test("reads what docker writes", () => {
    expect(parse('[{"Config":"c.json","RepoTags":["a:1","a:2"],"Layers":["1/layer.tar"]}]')).toEqual([
      { config: "c.json", repoTags: ["a:1", "a:2"], layers: ["1/layer.tar"], layerSources: new Map() },
    ]);
  });

  test.each([
    ["Jib's lower-case keys", '[{"config":"config.json","repoTags":["a:1"],"layers":["b.tar.gz"]}]'],
    ["keys in capitals", '[{"CONFIG":"config.json","REPOTAGS":["a:1"],"LAYERS":["b.tar.gz"]}]'],
  ])("takes %s", (_, text) => {
    expect(parse(text)).toMatchObject([{ config: "config.json", repoTags: ["a:1"], layers: ["b.tar.gz"] }]);
  });

  test.each(["null", "[]"])("finds no images in %s", (text) => {
    expect(parse(text)).toEqual([]);
  });

  test.each([
    '[{"Config":"c","RepoTags":null,"Layers":null,"LayerSources":null}]',
    '[{"Config":"c","RepoTags":[],"Layers":[]}]',
    '[{"Config":"c"}]',
  ])("takes null and absence for nothing: %s", (text) => {
    expect(parse(text)).toEqual([{ config: "c", repoTags: [], layers: [], layerSources: new Map() }]);
  });

  test("reads LayerSources with all that a descriptor has", () => {
    const source = { mediaType: "application/x", size: 3, digest, urls: ["https://example.com/x"] };
    const [item] = parse(JSON.stringify([{ Config: "c", LayerSources: { [digest]: source } }]));
    expect(item?.layerSources.get(digest)).toEqual(source);
  });

  test.each([
    ["a key twice", '[{"Config":"a","Config":"b"}]', /key "Config" is given twice/],
    [
      "a key twice in another case",
      '[{"Config":"a","Layers":[],"layers":[]}]',
      /key "layers" is given twice/,
    ],
    ["a byte order mark", "\u{feff}[]", /byte order mark/],
    ["something behind the document", "[]{}", /JSON_INVALID|Cannot read manifest.json/],
    ["a document that is cut off", '[{"Config":', /Cannot read manifest.json/],
    [
      "a number for a name",
      '[{"Config":"c","RepoTags":[1]}]',
      /manifest.json\[0\].RepoTags: want a string, got 1/,
    ],
    ["a string for an item", '["x"]', /want an object, got a string/],
    ["an object for layers", '[{"Config":"c","Layers":{"0":"a"}}]', /want an array, got an object/],
    [
      "a malformed digest",
      '[{"LayerSources":{"x":{"mediaType":"a","size":1,"digest":"sha256:../x"}}}]',
      /digest/,
    ],
    [
      "a negative size",
      `[{"LayerSources":{"x":{"mediaType":"a","size":-1,"digest":"${digest}"}}}]`,
      /got -1/,
    ],
  ])("refuses %s", (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  test("takes names of JavaScript's own for names like any other", () => {
    const [item] = parse('[{"__proto__":{"Config":"evil"},"constructor":1,"Config":"c"}]');
    expect(item?.config).toBe("c");
  });

  test("refuses more images than any archive has", () => {
    expect(() => parse(JSON.stringify(Array.from({ length: 10_001 }, () => ({ Config: "c" }))))).toThrow(
      /lists 10001 images/,
    );
  });

  test("refuses nesting that is too deep, and does not crash on it", () => {
    expect(() => parse("[".repeat(100_000) + "]".repeat(100_000))).toThrow(
      expect.objectContaining({ name: "AirgapError" }),
    );
  });
});
