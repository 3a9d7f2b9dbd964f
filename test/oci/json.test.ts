import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asArray,
  asObject,
  asOptionalString,
  asSize,
  asString,
  asStringMap,
  parseJson,
  rejectCaseTwins,
  stringifyJson,
} from "../../src/oci/json.ts";
import { errorCode } from "../helpers/error-code.ts";

const what = "manifest.json";

function parse(text: string, foldKeys = false): unknown {
  return parseJson(new TextEncoder().encode(text), { what, foldKeys });
}

describe("parseJson", () => {
  test("objects become Maps, at every level, keys in their order", () => {
    expect(parse('{"b":[{"a":1}],"a":null}')).toEqual(
      new Map<string, unknown>([
        ["b", [new Map([["a", 1]])]],
        ["a", null],
      ]),
    );
  });

  test("__proto__ and constructor are keys like any other", () => {
    const value = asObject(parse('{"__proto__":{"polluted":true},"constructor":1}'), what);
    expect([...value.keys()]).toEqual(["__proto__", "constructor"]);
    expect("polluted" in {}).toBe(false);
  });

  test.each([
    { title: "a byte order mark", text: "\u{feff}{}", detail: "it starts with a byte order mark" },
    { title: "trailing data", text: "{} {}", detail: "Unexpected" },
    { title: "a NUL behind the value", text: "{}\0", detail: "Unexpected" },
    { title: "a comment", text: "{/* no */}", detail: "Expected" },
    { title: "a trailing comma", text: '{"a":1,}', detail: "Expected" },
    { title: "nothing at all", text: "", detail: "Unexpected end" },
    { title: "a key twice", text: '{"a":1,"a":1}', detail: 'key "a" is given twice' },
    { title: "a key twice in disguise", text: '{"a":1,"\\u0061":1}', detail: 'key "a" is given twice' },
    {
      title: "__proto__ twice",
      text: '{"__proto__":1,"__proto__":1}',
      detail: 'key "__proto__" is given twice',
    },
    {
      title: "a key twice deep inside",
      text: '{"a":[{"b":{"c":1,"c":2}}]}',
      detail: 'key "c" is given twice',
    },
  ])("$title is refused", ({ text, detail }) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "JSON_INVALID", exitCode: 65 }));
    expect(() => parse(text)).toThrow(`Cannot read manifest.json: ${detail}`);
  });

  test("the same key in two objects, and keys that differ in case, are no duplicates", () => {
    expect(() => parse('[{"a":1},{"a":1},{"a":{"a":1}},{"a":1,"A":1}]')).not.toThrow();
  });

  test.each(["Config", "CONFIG", "\\u0063onfig"])(
    "with keys folded, config and %s are one key, given twice",
    (key) => {
      expect(() => parse(`{"config":1,"${key}":1}`, true)).toThrow("is given twice");
    },
  );

  test("keys are folded as Go does, long s and Kelvin sign included", () => {
    expect(parse('{"Layer\u{17f}":1,"\u{212a}ind":{"RepoTags":2}}', true)).toEqual(
      new Map<string, unknown>([
        ["layers", 1],
        ["kind", new Map([["repotags", 2]])],
      ]),
    );
    expect(() => parse('{"Layers":1,"Layer\u{17f}":2}', true)).toThrow("is given twice");
  });

  test.each([
    { title: "arrays", open: "[", close: "]" },
    { title: "objects", open: '{"a":', close: "}" },
  ])("a million nested $title are refused, 200 are not", ({ open, close }) => {
    const nested = (depth: number): string => `${open.repeat(depth)}[]${close.repeat(depth)}`;
    expect(() => parse(nested(1_000_000))).toThrow("it is nested over 256 levels deep");
    expect(() => parse(nested(200))).not.toThrow();
  });

  test.each([
    [0xff, 0xfe],
    [0x22, 0xc0, 0xaf, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
  ])("bytes that are not UTF-8 are refused (%i %i)", (...bytes) => {
    expect(() => parseJson(Uint8Array.from(bytes), { what })).toThrow(
      "Cannot read manifest.json: it is not UTF-8",
    );
  });

  test("an error shows nothing of the document that a terminal would obey", () => {
    expect(() => parse('{"\\u001b[2J":1,"\\u001b[2J":1}')).toThrow('key "\\u{1b}[2J" is given twice');
  });

  test("what is written comes back, for any value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const parsed = parse(JSON.stringify(value));
        expect(JSON.parse(stringifyJson(parsed))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("any bytes are parsed or refused with JSON_INVALID", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(errorCode(() => parseJson(bytes, { what }))).toBeOneOf([undefined, "JSON_INVALID"]);
      }),
    );
  });
});

test("stringifyJson keeps __proto__ as a key", () => {
  expect(stringifyJson(parse('{"__proto__":{"a":[1,null,"x"]}}'))).toBe('{"__proto__":{"a":[1,null,"x"]}}');
});

describe("rejectCaseTwins", () => {
  test.each(['{"config":1,"Config":2}', '{"a":[{"b":1,"B":2}]}', '{"layers":1,"layer\u017f":2}'])(
    "%s is refused",
    (text) => {
      expect(() => rejectCaseTwins(parse(text), what)).toThrow("is given twice, in different case");
    },
  );

  test("labels and the like may be anything", () => {
    const text = '{"Labels":{"a":1,"A":2},"annotations":{"x":1,"X":2},"a":{"x":1},"b":{"X":1}}';
    expect(() => rejectCaseTwins(parse(text), what)).not.toThrow();
  });
});

describe("narrowing", () => {
  test.each([
    { narrow: () => asObject([], what), got: "want an object, got an array" },
    { narrow: () => asObject(undefined, what), got: "want an object, got nothing" },
    { narrow: () => asArray(new Map(), what), got: "want an array, got an object" },
    { narrow: () => asArray("x", what), got: "want an array, got a string" },
    { narrow: () => asString(1, what), got: "want a string, got 1" },
    { narrow: () => asString(null, what), got: "want a string, got null" },
    { narrow: () => asOptionalString(false, what), got: "want a string, got a boolean" },
    { narrow: () => asSize(-1, what), got: "want a whole number of bytes, got -1" },
    { narrow: () => asSize(1.5, what), got: "want a whole number of bytes, got 1.5" },
    { narrow: () => asSize(2 ** 53, what), got: "want a whole number of bytes, got 9007199254740992" },
    { narrow: () => asSize("1", what), got: "want a whole number of bytes, got a string" },
    { narrow: () => asStringMap(new Map([["a", 1]]), what), got: "want a string, got 1" },
  ])("$got", ({ narrow, got }) => {
    expect(narrow).toThrow(got);
  });

  test("null, absence and emptiness are one, as Go writes them", () => {
    expect(asArray(null, what)).toEqual([]);
    expect(asArray(undefined, what)).toEqual([]);
    expect(asOptionalString("", what)).toBeUndefined();
    expect(asOptionalString(null, what)).toBeUndefined();
    expect(asStringMap(null, what).size).toBe(0);
  });

  test("a string map keeps its order", () => {
    expect([...asStringMap(parse('{"b":"1","a":"2"}'), what)]).toEqual([
      ["b", "1"],
      ["a", "2"],
    ]);
  });
});

test.each([
  { title: "empty objects", text: `[${"{},".repeat(200_000)}{}]` },
  { title: "empty texts", text: `[${'"",'.repeat(1_000_000)}""]` },
])("a document of $title that would fill the memory is refused before it is parsed", ({ text }) => {
  expect(() => parseJson(Buffer.from(text), { what: "x" })).toThrow("it has over");
});
