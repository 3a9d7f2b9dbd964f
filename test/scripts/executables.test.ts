import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { formatNotices } from "../../scripts/executables/format-notices.mjs";
import { formatSbom } from "../../scripts/executables/format-sbom.mjs";
import { listPackages } from "../../scripts/executables/list-packages.mjs";

const root = resolve(import.meta.dirname, "../..");
const metafile = {
  inputs: {
    "dist/cli/main.js": {},
    "node_modules/undici/index.js": {},
    "node_modules/undici/lib/core/util.js": {},
    "node_modules/commander/lib/command.js": {},
  },
};
const runtime = { name: "node", version: "24.0.0", license: "MIT", text: "the runtime's terms" };

describe("what is beside the executables", () => {
  test("are the packages that the bundles are made of, each once, with licence and integrity", () => {
    const packages = listPackages([metafile, metafile], root);
    expect(packages.map(({ name }: { name: string }) => name)).toEqual(["commander", "undici"]);
    expect(packages[0]).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      license: "MIT",
      text: expect.stringContaining("Permission is hereby granted"),
      integrity: expect.stringMatching(/^sha512-/),
    });
  });

  test("are their licences in full, and Node's", () => {
    const notices = formatNotices(listPackages([metafile], root), runtime);
    expect(notices).toMatch(/^commander \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(notices).toMatch(/^node 24\.0\.0 \(MIT\)$/m);
    expect(notices).toContain("the runtime's terms");
  });

  test("is an SBOM in which every reference leads somewhere, the same each time", () => {
    const self = { name: "airgap-load", version: "1.0.0", license: "Apache-2.0" };
    const scoped = {
      name: "@a/b",
      version: "2.0.0",
      license: "MIT AND BSD-3-Clause",
      text: "",
      integrity: "sha512-AAE=",
    };
    const text = formatSbom(self, [scoped], runtime);
    const sbom = JSON.parse(text);
    expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5", version: 1 });
    expect(sbom.components).toEqual([
      {
        type: "library",
        "bom-ref": "pkg:npm/%40a/b@2.0.0",
        name: "@a/b",
        version: "2.0.0",
        licenses: [{ expression: "MIT AND BSD-3-Clause" }],
        purl: "pkg:npm/%40a/b@2.0.0",
        hashes: [{ alg: "SHA-512", content: "0001" }],
      },
      {
        type: "platform",
        "bom-ref": "pkg:generic/node@24.0.0",
        name: "node",
        version: "24.0.0",
        licenses: [{ license: { id: "MIT" } }],
        purl: "pkg:generic/node@24.0.0",
      },
    ]);
    expect(sbom.dependencies).toEqual([
      {
        ref: sbom.metadata.component["bom-ref"],
        dependsOn: sbom.components.map((component: { "bom-ref": string }) => component["bom-ref"]),
      },
    ]);
    expect(formatSbom(self, [scoped], runtime)).toBe(text);
  });
});
