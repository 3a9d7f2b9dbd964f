import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { commitUrl, resolveUploadLocation } from "../../../src/registry/blobs/upload-location.ts";

const tls = "https://registry.site:5000/v2/app/blobs/uploads/";
const plain = "http://registry.site:5000/v2/app/blobs/uploads/";

interface Case {
  readonly from: string;
  readonly header: string;
  readonly to: string;
  readonly corrected?: boolean;
}

const cases: readonly Case[] = [
  { from: tls, header: "/v2/app/blobs/uploads/1", to: "https://registry.site:5000/v2/app/blobs/uploads/1" },
  { from: tls, header: "1", to: "https://registry.site:5000/v2/app/blobs/uploads/1" },
  { from: tls, header: "//registry.site:5000/u/1?a=b", to: "https://registry.site:5000/u/1?a=b" },
  {
    from: tls,
    header: "https://registry.site:5000/u?_state=a%2Fb+c~=",
    to: "https://registry.site:5000/u?_state=a%2Fb+c~=",
  },
  { from: tls, header: "http://registry.site/u", to: "https://registry.site:5000/u", corrected: true },
  { from: tls, header: "http://registry.site:8080/u", to: "https://registry.site:5000/u", corrected: true },
  { from: "https://registry.site/v2/", header: "https://registry.site:443/u", to: "https://registry.site/u" },
  {
    from: "https://registry.site/v2/",
    header: "http://registry.site:80/u",
    to: "https://registry.site/u",
    corrected: true,
  },
  { from: plain, header: "https://registry.site:5000/u", to: "http://registry.site:5000/u", corrected: true },
  { from: tls, header: "https://storage.site/u?sig=x", to: "https://storage.site/u?sig=x" },
  { from: plain, header: "http://storage.site/u", to: "http://storage.site/u" },
];

describe("the address of an upload", () => {
  test.for(cases)("$header asked at $from", ({ from, header, to, corrected = false }) => {
    const { url, corrected: isCorrected } = resolveUploadLocation(header, new URL(from), "push");
    expect({ href: url.href, isCorrected }).toEqual({ href: to, isCorrected: corrected });
  });

  test.for([undefined, "http://storage.site/u", "ftp://registry.example/u", "http://[::1/u"])(
    "%s is refused by a registry with TLS",
    (header) => {
      expect(() => resolveUploadLocation(header, new URL(tls), "push blob")).toThrow(
        expect.objectContaining({ code: "LOCATION_INVALID", exitCode: 76 }),
      );
    },
  );

  test("keeps its query as it is when the digest is added", () => {
    const digest = digestOf("x");
    const encoded = `digest=${digest.replace(":", "%3A")}`;
    expect(commitUrl(new URL("https://r/u?_state=a%2Fb+c~=&x"), digest).search).toBe(
      `?_state=a%2Fb+c~=&x&${encoded}`,
    );
    expect(commitUrl(new URL("https://r/u"), digest).search).toBe(`?${encoded}`);
  });
});
