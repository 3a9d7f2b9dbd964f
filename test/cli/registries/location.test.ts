import { describe, expect, test } from "vitest";
import { parseLocation } from "../../../src/cli/registries/location.ts";

describe("parseLocation", () => {
  test.each([
    ["docker-archive:images.tar", { transport: "docker-archive", path: "images.tar", name: undefined }],
    ["docker-archive:-", { transport: "docker-archive", path: "-", name: undefined }],
    [
      "docker-archive:/a/b.tar.gz:rancher/pause:3.1",
      { transport: "docker-archive", path: "/a/b.tar.gz", name: "rancher/pause:3.1" },
    ],
    ["oci-archive:x.tar:latest", { transport: "oci-archive", path: "x.tar", name: "latest" }],
    ["oci:C:\\images:app:1", { transport: "oci", path: "C:\\images", name: "app:1" }],
    ["oci:a:b", { transport: "oci", path: "a", name: "b" }],
    [
      "docker://busybox",
      { transport: "docker", reference: { host: "docker.io", repository: "library/busybox", tag: "latest" } },
    ],
    [
      "docker://host:5000/app:1",
      { transport: "docker", reference: { host: "host:5000", repository: "app", tag: "1" } },
    ],
  ])("%s", (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });

  test.each(["busybox", "docker:busybox", "oci:", "oci-archive:a.tar:", "dir:/tmp/x", "http://host/app"])(
    "%s is no place",
    (text) => {
      expect(() => parseLocation(text)).toThrow(expect.objectContaining({ code: "USAGE", exit: "usage" }));
    },
  );
});
