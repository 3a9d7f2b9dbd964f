// Builds single executables for linux: airgap-load with the Node runtime, its worker and WebAssembly in one file; beside
// them the licences of what is in them, the same as a CycloneDX SBOM, and SHA256SUMS over all.
// usage: npm run build:executables [-- --out DIR --arch x64,arm64]
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { inject } from "postject";
import { listDocuments } from "../dist/cli/carried-file.js";
import { formatNotices } from "./executables/format-notices.mjs";
import { formatSbom } from "./executables/format-sbom.mjs";
import { listPackages, readLicence } from "./executables/list-packages.mjs";

// The newest Node that the npm packages of both architectures carry; the asset and blob formats belong to its line.
const nodeVersion = "24.21.0";
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "executables") },
    arch: { type: "string", default: "x64,arm64" },
  },
});
const out = resolve(values.out);
const work = mkdtempSync(join(tmpdir(), "airgap-load-build-"));
try {
  mkdirSync(out, { recursive: true });
  const bundles = [
    await bundle("dist/cli/executable.js", "main.cjs"),
    await bundle("dist/archive/scan/scan-worker.js", "scan-worker.js"),
  ];
  const blob = makeBlob();
  const architectures = values.arch.split(",");
  const files = [];
  for (const arch of architectures) files.push(await makeExecutable(arch, blob));
  files.push(...describeParts(bundles, architectures[0]));
  writeFileSync(join(out, "SHA256SUMS"), files.map(formatSum).join(""));
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function bundle(entry, name) {
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: [join(root, entry)],
    outfile: join(work, name),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    // jsonc-parser's CommonJS form hides its parts from bundlers.
    mainFields: ["module", "main"],
    legalComments: "linked",
    // Only files beside the program are found through it, and an executable has none.
    define: { "import.meta.url": "undefined" },
    logLevel: "warning",
  });
  return metafile;
}

/** What the program carries besides its code, by path in the package. */
function listCarried() {
  const documents = listDocuments();
  const list = join(work, "documents.json");
  writeFileSync(list, JSON.stringify(documents));
  const paths = ["package.json", "man/airgap-load.1", ...documents];
  return { "documents.json": list, ...Object.fromEntries(paths.map((path) => [path, join(root, path)])) };
}

/** The blob holds code and assets and no machine code, so that one fits both architectures. */
function makeBlob() {
  const config = join(work, "sea.json");
  const output = join(work, "sea.blob");
  writeFileSync(
    config,
    JSON.stringify({
      main: join(work, "main.cjs"),
      output,
      disableExperimentalSEAWarning: true,
      useCodeCache: false,
      assets: { "scan-worker.js": join(work, "scan-worker.js"), ...listCarried() },
    }),
  );
  execFileSync(runtime(process.arch), ["--experimental-sea-config", config], { stdio: "pipe" });
  return readFileSync(output);
}

async function makeExecutable(arch, blob) {
  const name = `airgap-load-linux-${arch}`;
  const file = join(out, name);
  copyFileSync(runtime(arch), file);
  chmodSync(file, 0o755);
  await inject(file, "NODE_SEA_BLOB", blob, { sentinelFuse: fuse });
  console.log(`${name}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  return name;
}

/** Says what the executables are made of; all of them are made of the same. */
function describeParts(bundles, arch) {
  const packages = listPackages(bundles, root);
  const text = readLicence(resolve(runtime(arch), "../.."));
  const node = { name: "node", version: nodeVersion, license: "MIT", text };
  const self = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(out, "THIRD-PARTY-NOTICES.txt"), formatNotices(packages, node));
  writeFileSync(join(out, "airgap-load.cdx.json"), formatSbom(self, packages, node));
  return ["THIRD-PARTY-NOTICES.txt", "airgap-load.cdx.json"];
}

function formatSum(name) {
  const digest = createHash("sha256")
    .update(readFileSync(join(out, name)))
    .digest("hex");
  return `${digest}  ${name}\n`;
}

/** The Node of that architecture, from its npm package. */
function runtime(arch) {
  const folder = join(work, arch);
  const file = join(folder, "node_modules", `node-linux-${arch}`, "bin", "node");
  if (!statSync(file, { throwIfNoEntry: false })) {
    const spec = `node-linux-${arch}@${nodeVersion}`;
    const options = [
      "--no-save",
      "--no-package-lock",
      "--ignore-scripts",
      "--force",
      "--silent",
      "--prefix",
      folder,
    ];
    execFileSync("npm", ["install", ...options, spec], { stdio: "inherit", cwd: work });
  }
  return file;
}
