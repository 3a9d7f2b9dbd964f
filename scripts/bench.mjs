// Measures airgap-load on a k3s-sized corpus against an empty docker-registry on the same machine, beside the least work
// that any tool must do (bench-floor.mjs) and skopeo where it is installed, on each kind of archive that it reads. Prints
// medians as Markdown tables: of loads, of serve, of save and sync, and how loads grow.
// usage: npm run bench [-- --corpus DIR] [--runs 3] [--only TEXT-OF-A-TITLE]
import { execFileSync, spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { countUploads } from "./bench/count-uploads.mjs";
import { formatTable } from "./bench/format-table.mjs";
import { measureProcess } from "./bench/measure-process.mjs";
import { startRegistry } from "./bench/start-registry.mjs";

const { values: options } = parseArgs({
  options: {
    corpus: { type: "string", default: join(tmpdir(), "airgap-load-corpus") },
    runs: { type: "string", default: "3" },
    only: { type: "string", default: "" },
  },
});
const architectures = ["amd64", "arm64", "arm"];
const allCases = [
  { title: "airgap-load `.tar.gz`", commands: load(".tar.gz") },
  { title: "airgap-load one `.tar.gz`", commands: load(".tar.gz", ["amd64"]), floor: 1 },
  { title: "airgap-load two `.tar.gz`", commands: load(".tar.gz", ["amd64", "arm64"]), floor: 2 },
  {
    title: "airgap-load `.tar.gz`, into another registry",
    before: load(".tar.gz"),
    elsewhere: true,
    commands: load(".tar.gz"),
  },
  { title: "airgap-load `.tar.gz`, second run", before: load(".tar.gz"), commands: load(".tar.gz") },
  { title: "airgap-load `.tar.gz`, next release", before: load(".tar.gz"), commands: load(".next.tar.gz") },
  {
    title: "airgap-load `.tar.gz`, next release, `--reuse-layers`",
    before: load(".tar.gz"),
    commands: load(".next.tar.gz", architectures, "--reuse-layers"),
  },
  { title: "airgap-load `.tar`", commands: load(".tar") },
  { title: "airgap-load `.tar.zst`", commands: load(".tar.zst") },
  {
    title: "airgap-load `.tar.zst`, second run",
    before: load(".tar.zst"),
    commands: load(".tar.zst"),
  },
  { title: "airgap-load gzip layers in `.tar.gz`", commands: load(".compressed.tar.gz") },
];
execFileSync("bash", [script("make-corpus.sh"), options.corpus], { stdio: ["ignore", "ignore", "inherit"] });
const cases = [
  { title: "floor: inflate, hash and send `.tar.gz`", commands: floor(architectures) },
  { title: "floor of one", commands: floor(["amd64"]), floor: 1 },
  { title: "floor of two", commands: floor(["amd64", "arm64"]), floor: 2 },
  ...[...allCases, ...skopeoCases()].filter(({ title }) => title.includes(options.only)),
];

const rounds = [];
for (let round = 1; round <= Number(options.runs); round += 1) {
  console.error(`Round ${round} of ${options.runs}`);
  const measured = [];
  for (const one of cases) measured.push(await measureCase(one));
  rounds.push(measured);
}
const uploads = [];
for (const one of cases) uploads.push(await countCase(one));

const sizes = [".tar", ".tar.gz"].map((form) =>
  megabytes(architectures.reduce((sum, arch) => sum + statSync(archive(arch, form)).size, 0)),
);
console.log(
  `Three archives, ${sizes[0]} MB, ${sizes[1]} MB as \`.tar.gz\`; ${cpus().length} x ${cpus()[0].model}; Node ${process.version}; medians of ${options.runs}.\n`,
);
console.log(
  formatTable(
    ["", "wall s", "x floor", "CPU s", "memory MB", "temp disk MB", "uploaded MB"],
    cases.map(({ title, floor = 0 }, at) => [
      title,
      median(rounds.map((round) => round[at].seconds)).toFixed(2),
      median(rounds.map((round) => round[at].seconds / round[floor].seconds)).toFixed(2),
      median(rounds.map((round) => round[at].cpuSeconds)).toFixed(2),
      megabytes(median(rounds.map((round) => round[at].memory))),
      megabytes(median(rounds.map((round) => round[at].tempDisk))),
      (uploads[at] / 1e6).toFixed(1),
    ]),
  ),
);
if (!options.only) {
  console.log();
  const runs = ["--runs", options.runs];
  runMore("bench-serve.mjs", ...runs);
  runMore("bench-tools.mjs", ...runs);
  runMore("bench-growth.mjs", "--images", "8,80", "--gigabytes", "0.3,3", "--entry", "");
}

function runMore(name, ...args) {
  execFileSync(process.execPath, [script(name), ...args], { stdio: "inherit" });
}

async function measureCase(one) {
  return withRegistry(one, async (host, tempDir, measure) => {
    const measured = [];
    for (const command of one.commands(host, tempDir)) measured.push(await measure(command));
    const sum = (key) => measured.reduce((total, each) => total + each[key], 0);
    const peak = (key) => Math.max(...measured.map((each) => each[key]));
    return {
      seconds: sum("seconds"),
      cpuSeconds: sum("cpuSeconds"),
      memory: peak("memory"),
      tempDisk: peak("tempDisk"),
    };
  });
}

/** Bytes are counted in runs of their own, so that the proxy costs no measured run anything. */
async function countCase(one) {
  return withRegistry(one, (host, tempDir, measure) =>
    countUploads(host, async (proxy) => {
      for (const command of one.commands(proxy, tempDir)) await measure(command);
    }),
  );
}

/** Works with an empty registry, an empty temp folder and an empty home, where nothing is remembered. */
async function withRegistry({ before, elsewhere = false }, work) {
  const registry = await startRegistry();
  const other = elsewhere ? await startRegistry() : undefined;
  const [tempDir, home] = await Promise.all(
    ["temp", "home"].map((name) => mkdtemp(join(tmpdir(), `airgap-load-bench-${name}-`))),
  );
  const measure = ([program, args]) => measureProcess(program, args, { tempDir, env: { HOME: home } });
  try {
    for (const command of before?.((other ?? registry).host, tempDir) ?? []) await measure(command);
    return await work(registry.host, tempDir, measure);
  } finally {
    await registry.stop();
    await other?.stop();
    await Promise.all([tempDir, home].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

function floor(chosen) {
  const files = chosen.map((arch) => archive(arch, ".tar.gz"));
  return (host) => [[process.execPath, [script("bench-floor.mjs"), host, ...files]]];
}

function load(form, chosen = architectures, ...more) {
  const program = script("../bin/airgap-load.js");
  const flags = chosen.flatMap((arch) => [`--${arch}`, archive(arch, form)]);
  return (host, tempDir) => [
    [process.execPath, [program, "--registry", host, "--temp-dir", tempDir, ...flags, ...more]],
  ];
}

/** Of the kinds of archive that the installed skopeo reads; Debian 12's, for one, reads no `.tar.gz`. */
function skopeoCases() {
  return [".tar", ".tar.gz", ".tar.zst"].filter(isReadBySkopeo).map((form) => ({
    title: `skopeo, \`${form}\`, image by image, no lists`,
    commands: copyImages(form),
  }));
}

function isReadBySkopeo(form) {
  const [name] = listNames(architectures[0]);
  const source = `docker-archive:${archive(architectures[0], form)}:${name}`;
  return spawnSync("skopeo", ["--insecure-policy", "inspect", source]).status === 0;
}

function copyImages(form) {
  return (host, tempDir) =>
    architectures.flatMap((arch) =>
      listNames(arch).map((name) => {
        const target = `docker://${host}/${name}-${arch}`;
        const policy = [
          "--insecure-policy",
          "--tmpdir",
          tempDir,
          "copy",
          "--quiet",
          "--dest-tls-verify=false",
        ];
        return ["skopeo", [...policy, `docker-archive:${archive(arch, form)}:${name}`, target]];
      }),
    );
}

function listNames(arch) {
  const manifest = execFileSync("tar", ["-xOf", archive(arch, ".tar"), "manifest.json"], {
    encoding: "utf8",
  });
  return JSON.parse(manifest).map(({ RepoTags: [name] }) => name);
}

function archive(arch, form) {
  return join(options.corpus, `k3s-airgap-images-${arch}${form}`);
}

function script(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}
