import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  familiarReference,
  formatReference,
  isHost,
  isRepository,
  isTag,
  parseReference,
  splitHost,
} from "../../src/oci/reference.ts";
import { cpuTimeOf } from "../helpers/cpu-time.ts";
import { errorCode } from "../helpers/error-code.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("parseReference", () => {
  test.each([
    ["busybox", "docker.io/library/busybox:latest"],
    ["busybox:1.36", "docker.io/library/busybox:1.36"],
    ["library/busybox", "docker.io/library/busybox:latest"],
    ["rancher/pause:3.1", "docker.io/rancher/pause:3.1"],
    ["docker.io/busybox", "docker.io/library/busybox:latest"],
    ["index.docker.io/busybox", "docker.io/library/busybox:latest"],
    ["registry-1.docker.io/rancher/pause:3.1", "docker.io/rancher/pause:3.1"],
    ["docker.io/library/busybox", "docker.io/library/busybox:latest"],
    ["quay.io/coreos/etcd:v3.4", "quay.io/coreos/etcd:v3.4"],
    ["quay.io/etcd", "quay.io/etcd:latest"],
    ["localhost/a", "localhost/a:latest"],
    ["localhost:5000/a/b:c", "localhost:5000/a/b:c"],
    ["localhost:5000", "docker.io/library/localhost:5000"],
    ["192.168.2.23:5000/rancher/pause:3.1", "192.168.2.23:5000/rancher/pause:3.1"],
    ["[::1]:5000/a", "[::1]:5000/a:latest"],
    ["[2001:db8::1]/a/b:c", "[2001:db8::1]/a/b:c"],
    ["UPPER/a", "UPPER/a:latest"],
    ["a/b/c/d:e", "docker.io/a/b/c/d:e"],
    ["a.b/c", "a.b/c:latest"],
    ["a__b/c--d", "docker.io/a__b/c--d:latest"],
    [`busybox@${digest}`, `docker.io/library/busybox@${digest}`],
    [`busybox:1@${digest}`, `docker.io/library/busybox:1@${digest}`],
    [`quay.io/a@sha512:${"b".repeat(128)}`, `quay.io/a@sha512:${"b".repeat(128)}`],
    [`quay.io/${"a".repeat(64)}`, `quay.io/${"a".repeat(64)}:latest`],
    [`${"a".repeat(64)}:tag`, `docker.io/library/${"a".repeat(64)}:tag`],
    [`${"A".repeat(64)}/a`, `${"A".repeat(64)}/a:latest`],
    [`a:${"t".repeat(128)}`, `docker.io/library/a:${"t".repeat(128)}`],
  ])("%s is %s", (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
  });

  test.each([
    "",
    ":tag",
    `@${digest}`,
    "/a",
    "a/",
    "a//b",
    "Busybox",
    "rancher/Pause",
    "a b",
    "a:",
    "a:b:c",
    "a:b/c:d",
    "a:-x",
    `a:${"t".repeat(129)}`,
    "a@sha256:abc",
    `a@${digest}@${digest}`,
    "a@",
    "-a/b",
    "_a",
    "a_",
    "a___b",
    "a..b",
    "-.io/a",
    "a..b/c",
    "a.-b/c",
    "host:port/a",
    "host:/a",
    "host:123456/a",
    "[::1/a",
    "https://quay.io/a",
    "docker.io/",
    "<none>:<none>",
    "a".repeat(64),
    "0123456789abcdef".repeat(4),
    "a\n",
    `quay.io/${"a/".repeat(128)}a`,
  ])("%j is refused as usage", (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: "REFERENCE_INVALID", exitCode: 64 }),
    );
  });

  test("the error says what is wrong, without control characters", () => {
    expect(() => parseReference("a".repeat(64))).toThrow("64 hex digits are an image ID, not a name");
    expect(() => parseReference("Busybox\u{1b}")).toThrow(
      'Cannot read image name "Busybox\\u{1b}": a repository is lower-case letters',
    );
    expect(() => parseReference("a..b/c")).toThrow('"a..b" is not a registry host');
  });

  test("what is formatted, in full or as docker shows it, is read back the same", () => {
    fc.assert(
      fc.property(anyReferenceText(), (text) => {
        const reference = parseReference(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
        expect(parseReference(familiarReference(reference))).toEqual(reference);
      }),
      { numRuns: 500 },
    );
  });

  test("any text is read or refused, and what is read is safe in a URL", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."aA0.:/@-_%?#[ ".split("")) }), (text) => {
        let safe = true;
        const code = errorCode(() => {
          const { repository, tag } = parseReference(text);
          safe = !/[%?#[ @]|\.\.|\/\//.test(`${repository}:${tag}`);
        });
        expect(code).toBeOneOf([undefined, "REFERENCE_INVALID"]);
        expect(safe).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ["docker.io/library/busybox:1", "busybox:1"],
  ["docker.io/library/a/b:1", "library/a/b:1"],
  ["docker.io/rancher/pause:3.1", "rancher/pause:3.1"],
  ["quay.io/library/a:1", "quay.io/library/a:1"],
  ["docker.io/localhost/a:1", "docker.io/localhost/a:1"],
  ["docker.io/my.org/a:1", "docker.io/my.org/a:1"],
])("%s is shown as %s", (text, shown) => {
  expect(familiarReference(parseReference(text))).toBe(shown);
});

test.each([
  ["quay.io/coreos/", { host: "quay.io", path: "coreos/" }],
  ["docker.io/", { host: "docker.io", path: "" }],
  ["rancher/", { host: "docker.io", path: "rancher/" }],
  ["", { host: "docker.io", path: "" }],
])("the beginning of a name, %j, has a host too", (text, split) => {
  expect(splitHost(text)).toEqual(split);
});

test("the words by themselves", () => {
  expect([isTag("v1.2_3-x"), isTag(""), isTag(".x"), isTag("a/b")]).toEqual([true, false, false, false]);
  expect([isRepository("a/b"), isRepository("A"), isRepository(""), isRepository("a".repeat(256))]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(["localhost", "a.b:5000", "[::1]:5000", "10.0.0.1"].map(isHost)).toEqual([true, true, true, true]);
  expect(["", "a b", "a/b", "http://a", "user@host", "a:"].map(isHost)).toEqual(Array(6).fill(false));
});

test.for([
  ["a port beyond the last", "127.0.0.1:65536"],
  ["an address with a number too large", "10.0.0.256"],
  ["an address of three numbers", "10.0.0:5000"],
  ["an address of five", "1.2.3.4.5"],
  ["a number alone", "123"],
  ["an address in hexadecimal", "0x7f.0x0.0.0x1"],
  ["an address in octal", "010.0.0.1"],
  ["a name that ends with a number", "registry.5"],
  ["an IPv6 address that is none", "[1::2::3]"],
  ["a name too long for the name service", `${"a.".repeat(127)}b`],
] as const)("%s is no host, and never one that a URL would make of it", ([, text]) => {
  expect(isHost(text)).toBe(false);
});

test("names with numbers in other places are hosts", () => {
  for (const text of ["k3s", "1st.registry", "10.0.0.1.nip.io", "node-5:5000", "0x7f.site"]) {
    expect([text, isHost(text)]).toEqual([text, true]);
  }
});

test("a long host full of dashes is refused at once", async () => {
  const text = `${"a-".repeat(500_000)}./x`;
  const spent = await cpuTimeOf(() => {
    expect(() => parseReference(text)).toThrow("is not a registry host");
  });
  expect(spent).toBeLessThan(20_000);
});

function anyReferenceText(): fc.Arbitrary<string> {
  const component = fc.constantFrom("a", "library", "localhost", "k3s-io", "a.b", "a__b", "0", "my_org");
  return fc
    .record({
      host: fc.constantFrom(
        "",
        "docker.io/",
        "index.docker.io/",
        "quay.io/",
        "localhost/",
        "h:5000/",
        "[::1]/",
      ),
      path: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
      tag: fc.constantFrom("", ":latest", ":v1.2_3-x"),
      digest: fc.constantFrom("", `@${digest}`),
    })
    .map(({ host, path, tag, digest }) => `${host}${path}${tag}${digest}`);
}
