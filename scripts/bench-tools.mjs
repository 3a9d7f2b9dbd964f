// Measures save, sync and serve beside crane, regctl, skopeo and the distribution project's registry, as far as they are
// installed, over the k3s-sized corpus in registries on this machine. Prints medians as Markdown tables: seconds beside
// those of the judge, which is the first tool of each group, and CPU seconds, of serve and registries the server's.
// usage: npm run bench:tools [-- --corpus DIR] [--runs 3] [--only TEXT-OF-A-TITLE]
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatTable } from "./bench/format-table.mjs";
import { measureProcess } from "./bench/measure-process.mjs";
import { readCpuSeconds } from "./bench/read-cpu-seconds.mjs";
import { startRegistry } from "./bench/start-registry.mjs";
import { startServe } from "./bench/start-serve.mjs";

const { values: options } = parseArgs({
  options: {
    corpus: { type: "string", default: join(tmpdir(), "airgap-load-corpus") },
    runs: { type: "string", default: "3" },
    only: { type: "string", default: "" },
  },
});
const program = script("../bin/airgap-load.js");
const platforms = ["amd64", "arm64", "arm"];
const archives = platforms.map((arch) => join(options.corpus, `k3s-airgap-images-${arch}.tar.gz`));
execFileSync("bash", [script("make-corpus.sh"), options.corpus], { stdio: ["ignore", "ignore", "inherit"] });
const names = JSON.parse(
  execFileSync("tar", ["-xOf", archives[0], "manifest.json"], { encoding: "utf8" }),
).flatMap(({ RepoTags }) => RepoTags);

/** What is called for `from`, a registry that has the images, `folder`, which is empty, and perhaps `to`, an empty registry. */
const groups = [
  {
    title: "Images of three platforms from a registry to files",
    cases: [
      {
        title: "crane pull --format oci",
        tool: "crane",
        commands: ({ from, folder }) => [
          ["crane", ["pull", "--insecure", "--format", "oci", ...named(from), join(folder, "oci")]],
        ],
      },
      {
        title: "airgap-load save, one OCI archive",
        commands: ({ from, folder }) => [save(from, join(folder, "images.tar"))],
      },
      {
        title: "floor of loading such `.tar.gz`: inflate, hash, send",
        needs: "to",
        commands: ({ to }) => [[process.execPath, [script("bench-floor.mjs"), to, ...archives]]],
      },
      {
        title: "airgap-load save, a `.tar.gz` for each platform",
        commands: ({ from, folder }) => [
          save(from, join(folder, "images-{arch}.tar.gz"), "--platform", "linux/amd64,linux/arm64,linux/arm"),
        ],
      },
    ],
  },
  {
    title: "Images of three platforms from a registry to an empty one",
    needs: "to",
    cases: [
      {
        title: "crane cp, image by image",
        tool: "crane",
        commands: ({ from, to }) =>
          names.map((name) => ["crane", ["cp", "--insecure", `${from}/${name}`, `${to}/${name}`]]),
      },
      {
        title: "regctl image copy, image by image",
        tool: "regctl",
        commands: ({ from, to }) =>
          names.map((name) => {
            const hosts = [from, to].flatMap((host) => ["--host", `reg=${host},tls=disabled`]);
            return ["regctl", ["image", "copy", ...hosts, `${from}/${name}`, `${to}/${name}`]];
          }),
      },
      {
        title: "airgap-load sync, read back",
        commands: ({ from, to }) => [
          [process.execPath, [program, "sync", "--plain-http", "--from", from, "--to", to, ...names]],
        ],
      },
    ],
  },
  {
    title: "Images of three platforms, pulled by skopeo from",
    cases: [
      { title: "distribution 3", tool: "registry", tools: ["skopeo"], from: "registry" },
      { title: "docker-registry 2", tools: ["skopeo"], from: "docker-registry" },
      { title: "airgap-load serve", tools: ["skopeo"], from: "serve" },
    ].map((one) => ({ ...one, commands: pullAll })),
  },
];

const sources = new Map();
try {
  for (const group of groups) await measureGroup(group);
} finally {
  for (const source of sources.values()) await source.stop();
}

async function measureGroup({ title, needs, cases: all }) {
  const cases = all.filter(
    ({ title, tool, tools = [] }) =>
      title.includes(options.only) && [tool, ...tools].every((name) => !name || isThere(name)),
  );
  if (cases.length === 0) return;
  const rounds = [];
  for (let round = 1; round <= Number(options.runs); round += 1) {
    console.error(`${title}: round ${round} of ${options.runs}`);
    const measured = [];
    for (const one of cases) measured.push(await measureCase({ needs, ...one }));
    rounds.push(measured);
  }
  const rows = cases.map(({ title }, at) => {
    const medianOf = (figure) => median(rounds.map((round) => figure(round[at], round[0])));
    return [
      title,
      medianOf(({ seconds }) => seconds).toFixed(2),
      medianOf((own, judge) => own.seconds / judge.seconds).toFixed(2),
      medianOf(({ cpuSeconds }) => cpuSeconds).toFixed(2),
      (medianOf(({ memory }) => memory) / 1e6).toFixed(0),
      medianOf(({ serverSeconds }) => serverSeconds).toFixed(2),
    ];
  });
  const machine = `${cpus().length} x ${cpus()[0].model}; Node ${process.version}; medians of ${options.runs}`;
  console.log(`${title}; ${machine}.\n`);
  const head = ["", "wall s", "x first", "CPU s", "memory MB", "server's CPU s"];
  console.log(`${formatTable(head, rows)}\n`);
}

async function measureCase({ from = "docker-registry", needs, commands }) {
  const source = await findSource(from);
  const target = needs === "to" ? await startRegistry() : undefined;
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-bench-tools-"));
  try {
    const before = await readCpuSeconds(source.pid);
    const measured = [];
    for (const [called, args] of commands({ from: source.host, to: target?.host, folder })) {
      measured.push(await measureProcess(called, args, { env: { HOME: folder } }));
    }
    const sum = (key) => measured.reduce((total, each) => total + each[key], 0);
    return {
      seconds: sum("seconds"),
      cpuSeconds: sum("cpuSeconds"),
      memory: Math.max(...measured.map(({ memory }) => memory)),
      serverSeconds: (await readCpuSeconds(source.pid)) - before,
    };
  } finally {
    await target?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A registry that has the images, filled when it is first asked for. */
async function findSource(kind) {
  const known = sources.get(kind);
  if (known) return known;
  const started = await (kind === "serve" ? startServe() : startRegistry(kind));
  sources.set(kind, started);
  const files = archives.flatMap((file, at) => [`--${platforms[at]}`, file]);
  await measureProcess(process.execPath, [program, "--registry", started.host, "--no-cache", ...files]);
  return started;
}

function save(from, output, ...more) {
  return [
    process.execPath,
    [program, "save", "--plain-http", "--from", from, "-o", output, ...more, ...names],
  ];
}

function pullAll({ from, folder }) {
  return names.map((name, at) => {
    const how = ["--insecure-policy", "copy", "--quiet", "--all", "--src-tls-verify=false"];
    return ["skopeo", [...how, `docker://${from}/${name}`, `dir:${join(folder, String(at))}`]];
  });
}

function named(host) {
  return names.map((name) => `${host}/${name}`);
}

function isThere(name) {
  return spawnSync(name, ["--version"]).error === undefined;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function script(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
