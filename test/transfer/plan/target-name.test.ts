import { describe, expect, test } from "vitest";
import { parseReference } from "../../../src/oci/reference.ts";
import { hostComponent, nameTarget, parseRenameRule } from "../../../src/transfer/plan/name-target.ts";
import { formatTarget } from "../../../src/transfer/report/target-name.ts";

interface Options {
  readonly renames?: readonly string[];
  readonly prefix?: string;
  readonly keepHost?: boolean;
}

function name(source: string, { renames = [], prefix = "", keepHost = false }: Options = {}): string {
  const options = { renames: renames.map(parseRenameRule), prefix, keepHost };
  return formatTarget(nameTarget(parseReference(source), options));
}

describe("nameTarget", () => {
  test.each([
    ["busybox", "library/busybox:latest"],
    ["docker.io/library/busybox:1.36", "library/busybox:1.36"],
    ["index.docker.io/rancher/pause:3.1", "rancher/pause:3.1"],
    ["quay.io/coreos/etcd:v3.4", "coreos/etcd:v3.4"],
    ["192.168.2.23:5000/rancher/pause:3.1", "rancher/pause:3.1"],
    ["[::1]:5000/a:1", "a:1"],
  ])("the host is dropped: %s becomes %s", (source, target) => {
    expect(name(source)).toBe(target);
  });

  test.each([
    ["docker.io/rancher/pause:3.1", "docker.io/rancher/pause:3.1"],
    ["busybox:1", "docker.io/library/busybox:1"],
    ["192.168.2.23:5000/a:1", "192.168.2.23-5000/a:1"],
    ["[2001:db8::1]:5000/a:1", "2001-db8--1--5000/a:1"],
    ["[::1]/a:1", "1/a:1"],
    ["REGISTRY/a:1", "registry/a:1"],
  ])("with --keep-host %s becomes %s", (source, target) => {
    expect(name(source, { keepHost: true })).toBe(target);
  });

  test.each([
    ["docker.io/rancher/pause=base/pause", "rancher/pause:3.1", "base/pause:3.1"],
    ["rancher/pause=base/pause", "rancher/pause:3.1", "base/pause:3.1"],
    ["rancher/pause:3.1=base/pause", "rancher/pause:3.1", "base/pause:3.1"],
    ["rancher/pause:3.1=base/pause:three", "rancher/pause:3.1", "base/pause:three"],
    ["rancher/pause=base/pause:three", "rancher/pause:3.1", "base/pause:three"],
    ["rancher/pause:3.2=base/pause", "rancher/pause:3.1", "rancher/pause:3.1"],
    ["rancher/pau=base/pause", "rancher/pause:3.1", "rancher/pause:3.1"],
    ["quay.io/rancher/pause=base/pause", "rancher/pause:3.1", "rancher/pause:3.1"],
    ["busybox=box", "docker.io/library/busybox:1", "box:1"],
    ["localhost:5000/a=b", "localhost:5000/a:1", "b:1"],
    ["rancher/*=mirror/*", "rancher/pause:3.1", "mirror/pause:3.1"],
    ["docker.io/rancher/*=mirror/*", "rancher/pause:3.1", "mirror/pause:3.1"],
    ["docker.io/rancher/mirrored-*=rancher/*", "rancher/mirrored-pause:3.1", "rancher/pause:3.1"],
    ["quay.io/*=quay/*", "quay.io/coreos/etcd:1", "quay/coreos/etcd:1"],
    ["quay.io/*=quay/*", "rancher/pause:3.1", "rancher/pause:3.1"],
    ["docker.io/*=hub/*", "rancher/pause:3.1", "hub/rancher/pause:3.1"],
    ["docker.io/*=hub/*", "busybox:1", "hub/library/busybox:1"],
    ["docker.io/library/*=hub/*", "busybox:1", "hub/busybox:1"],
    ["localhost:5000/*=x/*", "localhost:5000/a:1", "x/a:1"],
  ])("--rename %s: %s becomes %s", (rule, source, target) => {
    expect(name(source, { renames: [rule] })).toBe(target);
  });

  test("of rules that fit, the first decides, and one for a name before those for prefixes", () => {
    const renames = [
      "rancher/*=one/*",
      "rancher/p*=two/*",
      "rancher/pause=three/pause",
      "rancher/pause=four/pause",
    ];
    expect(name("rancher/pause:3.1", { renames })).toBe("three/pause:3.1");
    expect(name("rancher/python:1", { renames })).toBe("one/python:1");
  });

  test("the prefix comes last, and a renamed name does not keep its host", () => {
    const options = { renames: ["quay.io/a=x/a"], prefix: "site/k3s", keepHost: true };
    expect(name("quay.io/a:1", options)).toBe("site/k3s/x/a:1");
    expect(name("quay.io/b:1", options)).toBe("site/k3s/quay.io/b:1");
  });

  test.each<[string, Options]>([
    ["a:1", { prefix: "UPPER" }],
    ["a:1", { prefix: "a//b" }],
    ["a:1", { prefix: "x/".repeat(127) + "x" }],
    ["rancher/a:1", { renames: ["rancher/a=B"] }],
    ["rancher/a:1", { renames: ["rancher/*=/*"] }],
    ["rancher/a:1", { renames: ["rancher/a=host:5000/a"] }],
    ["rancher/a:1", { renames: ["rancher/a=b:-"] }],
  ])("what is no name is refused: %s with %j", (source, options) => {
    expect(() => name(source, options)).toThrow(
      expect.objectContaining({
        code: "NAME_INVALID",
        exitCode: 64,
        hint: expect.stringContaining("--rename"),
      }),
    );
  });
});

test.each(["", "a", "=a", "a=", "a=b*", "a*=b", "*", "a*"])("--rename %j is refused", (text) => {
  expect(() => parseRenameRule(text)).toThrow(
    expect.objectContaining({
      code: "RENAME_INVALID",
      exitCode: 64,
      hint: expect.stringContaining("quay.io/*"),
    }),
  );
});

test("--rename of what is no name is refused as such", () => {
  expect(() => parseRenameRule("A B=c")).toThrow(expect.objectContaining({ code: "REFERENCE_INVALID" }));
});

test.each([
  ["quay.io", "quay.io"],
  ["Registry:5000", "registry-5000"],
  ["[::1]:5000", "1--5000"],
])("%s is %s as the part of a path", (host, component) => {
  expect(hostComponent(host)).toBe(component);
});
