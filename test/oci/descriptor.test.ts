import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Descriptor, descriptorToJson, parseDescriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { parseJson } from "../../src/oci/json.ts";

const digest = digestOf("x");

function parse(document: unknown): Descriptor {
  return parseDescriptor(
    parseJson(new TextEncoder().encode(JSON.stringify(document)), { what: "x" }),
    "x.config",
  );
}

test("every key is read, and written in a fixed order", () => {
  const descriptor = parse({
    artifactType: "application/x",
    platform: { os: "linux", architecture: "arm", variant: "v7" },
    annotations: { b: "1", a: "2", __proto__x: "3" },
    urls: ["https://example.com/layer"],
    digest,
    size: 3,
    mediaType: "application/y",
  });
  expect(JSON.stringify(descriptorToJson(descriptor))).toBe(
    `{"mediaType":"application/y","size":3,"digest":"${digest}","urls":["https://example.com/layer"],` +
      '"annotations":{"b":"1","a":"2","__proto__x":"3"},"artifactType":"application/x",' +
      '"platform":{"architecture":"arm","os":"linux","variant":"v7"}}',
  );
});

test("what is absent, null or empty is not written", () => {
  const bare = parse({
    mediaType: "m",
    digest,
    size: 0,
    annotations: null,
    urls: [],
    platform: null,
    artifactType: "",
  });
  expect(bare).toEqual({ mediaType: "m", digest, size: 0 });
  expect(JSON.stringify(descriptorToJson(bare))).toBe(`{"mediaType":"m","size":0,"digest":"${digest}"}`);
});

test.each([
  { title: "no digest", document: { size: 1 }, message: "x.config.digest: want a string, got nothing" },
  { title: "a malformed digest", document: { digest: "sha256:..", size: 1 }, message: "Cannot read digest" },
  {
    title: "no size",
    document: { digest },
    message: "x.config.size: want a whole number of bytes, got nothing",
  },
  { title: "a negative size", document: { digest, size: -1 }, message: "x.config.size" },
  { title: "a huge size", document: { digest, size: 2 ** 60 }, message: "x.config.size" },
  {
    title: "annotations that are no strings",
    document: { digest, size: 1, annotations: { a: 1 } },
    message: "x.config.annotations.a",
  },
  { title: "a list", document: [], message: "x.config: want an object, got an array" },
])("$title is refused, told by its place", ({ document, message }) => {
  expect(() => parse(document)).toThrow(message);
});

test("what is written is read back the same", () => {
  const text = fc.string({ minLength: 1 });
  const anyDescriptor = fc.record(
    {
      mediaType: text,
      digest: fc.constant(digest),
      size: fc.maxSafeNat(),
      platform: fc.record({ os: text, architecture: text, variant: text }),
      annotations: fc.dictionary(text, text, { minKeys: 1 }).map((record) => new Map(Object.entries(record))),
      urls: fc.array(text, { minLength: 1 }),
      artifactType: text,
    },
    { requiredKeys: ["mediaType", "digest", "size"] },
  );
  fc.assert(
    fc.property(anyDescriptor, (descriptor) => {
      expect(parse(descriptorToJson(descriptor))).toEqual(descriptor);
    }),
  );
});
