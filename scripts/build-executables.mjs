// Builds single executables for linux: airgap-load with the Node runtime, its worker and WebAssembly in one file; beside
// them the licences of what is in them, the same as a CycloneDX SBOM, and SHA256SUMS over all.
// `--twice` builds all once more, elsewhere, and fails where a byte differs.
// usage: npm run build:executables [-- --out DIR --arch x64,arm64 --twice]
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
import { inject } from "postject";
import { bundle } from "./bundle.mjs";
import { listDocuments } from "../dist/cli/carried-file.js";
import { fetchNode, pinnedNode } from "./executables/fetch-node.mjs";
import { formatNotices } from "./executables/format-notices.mjs";
import { formatSbom } from "./executables/format-sbom.mjs";
import { listPackages, readLicence } from "./executables/list-packages.mjs";
import { listNodeParts, listPackageParts } from "./executables/list-parts.mjs";

const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "executables") },
    arch: { type: "string", default: "x64,arm64" },
    twice: { type: "boolean", default: false },
  },
});
const nodes = new Map();
const nodeFolder = mkdtempSync(join(tmpdir(), "airgap-load-node-"));
try {
  const sums = await buildAll(resolve(values.out));
  if (values.twice) await compareWith(sums);
} finally {
  rmSync(nodeFolder, { recursive: true, force: true });
}

/** Builds everything into a folder; gives the text of SHA256SUMS. */
async function buildAll(out) {
  const work = mkdtempSync(join(tmpdir(), "airgap-load-build-"));
  try {
    mkdirSync(out, { recursive: true });
    const bundles = [
      await bundleForExecutable("dist/cli/executable.js", join(work, "main.cjs")),
      await bundleForExecutable("dist/archive/scan/scan-worker.js", join(work, "scan-worker.js")),
    ];
    const blob = makeBlob(work);
    const files = [];
    for (const arch of values.arch.split(",")) files.push(await makeExecutable(arch, blob, out));
    files.push(...describeParts(bundles, out));
    const sums = files.map((name) => formatSum(out, name)).join("");
    writeFileSync(join(out, "SHA256SUMS"), sums);
    return sums;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function compareWith(sums) {
  const again = mkdtempSync(join(tmpdir(), "airgap-load-again-"));
  try {
    const others = await buildAll(again);
    if (others !== sums) throw new Error(`Two builds differ:\n${sums}\n${others}`);
    console.log("two builds give the same bytes");
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

function bundleForExecutable(entry, outfile) {
  return bundle({
    entryPoints: [join(root, entry)],
    outfile,
    format: "cjs",
    target: "node24",
    legalComments: "linked",
    // Only files beside the program are found through it, and an executable has none.
    define: { "import.meta.url": "undefined" },
  });
}

/** What the program carries besides its code, by path in the package. */
function listCarried(work) {
  const documents = listDocuments();
  const list = join(work, "documents.json");
  writeFileSync(list, JSON.stringify(documents));
  const paths = ["package.json", "man/airgap-load.1", ...documents];
  return { "documents.json": list, ...Object.fromEntries(paths.map((path) => [path, join(root, path)])) };
}

/** The blob holds code and assets and no machine code, so that one fits both architectures. */
function makeBlob(work) {
  // Names without a folder: the blob remembers them.
  const config = {
    main: "main.cjs",
    output: "sea.blob",
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    assets: { "scan-worker.js": "scan-worker.js", ...listCarried(work) },
  };
  writeFileSync(join(work, "sea.json"), JSON.stringify(config));
  execFileSync(runtime(process.arch), ["--experimental-sea-config", "sea.json"], {
    cwd: work,
    stdio: "pipe",
  });
  return readFileSync(join(work, "sea.blob"));
}

async function makeExecutable(arch, blob, out) {
  const name = `airgap-load-linux-${arch}`;
  const file = join(out, name);
  copyFileSync(runtime(arch), file);
  chmodSync(file, 0o755);
  await inject(file, "NODE_SEA_BLOB", blob, { sentinelFuse: fuse });
  console.log(`${name}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  return name;
}

/** Says what the executables are made of; all of them are made of the same. */
function describeParts(bundles, out) {
  const packages = listPackages(bundles, root).map((entry) => ({
    ...entry,
    parts: listPackageParts(entry, root),
  }));
  const program = runtime(process.arch);
  const node = {
    name: "node",
    version: pinnedNode.version,
    license: "MIT",
    text: readLicence(resolve(program, "../..")),
    parts: listNodeParts(program),
  };
  const self = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(out, "THIRD-PARTY-NOTICES.txt"), formatNotices([...packages, node]));
  writeFileSync(join(out, "airgap-load.cdx.json"), formatSbom(self, packages, node));
  return ["THIRD-PARTY-NOTICES.txt", "airgap-load.cdx.json"];
}

function formatSum(out, name) {
  const digest = createHash("sha256")
    .update(readFileSync(join(out, name)))
    .digest("hex");
  return `${digest}  ${name}\n`;
}

/** The Node of that architecture. */
function runtime(arch) {
  const known = nodes.get(arch) ?? join(fetchNode(arch, join(nodeFolder, arch)), "bin", "node");
  nodes.set(arch, known);
  return known;
}
