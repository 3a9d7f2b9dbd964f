// The main job on bad days: the registry killed and started again, the network cut, the process killed, each at a random
// moment; two runs at once, of the same archives and of one each. Every run must finish or fail with a fitting code and leave no tag that points at half an image;
// a run without faults must then complete, and the registry must hold the same, byte for byte, as if nothing had happened: the
// images that samples/expected.json, which another program wrote, says are in the archives.
// usage: npm run faults -- [--rounds 200] [--kills 50] [--seed N] [--points 20] [--registry PROGRAM|HOST:PORT]
// --points cuts the connection, and then kills the program, at so many points of a run, one as far from the next as all, in
// place of the random moments. --registry is docker-registry, registry (distribution 3), serve (ours), or the address of one on this
// machine that lets anybody push, as zot does; --namespace is where its repositories are to be, --user NAME:PASSWORD who pushes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitCodeOfReport } from "../dist/cli/output/exit-code.js";
import { load } from "../dist/index.js";
import { createOutsideRegistry, createRegistry } from "./faults/registry.mjs";
import { startProxy } from "./faults/faulty-proxy.mjs";
import { findMissingImages } from "./faults/find-missing-images.mjs";
import { findBrokenTags } from "./faults/find-broken-tags.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    kills: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    points: { type: "string", default: "0" },
    registry: { type: "string", default: "docker-registry" },
    namespace: { type: "string", default: "faults" },
    user: { type: "string" },
  },
});
const random = createRandom(Number(values.seed));
const kinds = ["registry", "reset", "stall", "half-open"];
/** Done, some failed, not reachable, gave up, broke the protocol. */
const fittingCodes = new Set([0, 1, 69, 75, 76]);
const bytesPerSecond = 3e6;
const samples = ["arm64", "arm"].map((platform) => [
  platform,
  `k3s8/docker26/k3s-airgap-images-${platform}.tar.gz`,
]);
const archives = samples.map(([platform, name]) => [
  platform,
  new URL(`../samples/${name}`, import.meta.url).pathname,
]);

const [username, password] = values.user?.split(":") ?? [];
const credentials = username && password ? { username, password } : undefined;
const signed = credentials ? { authorization: `Basic ${Buffer.from(values.user).toString("base64")}` } : {};
const folder = mkdtempSync(join(tmpdir(), "airgap-load-faults-"));
const registry = values.registry.includes(":")
  ? createOutsideRegistry(values.registry, values.namespace)
  : await createRegistry(folder, values.registry);
await registry.start();
const proxy = await startProxy(registry.port, bytesPerSecond);
const counts = new Map();
let failures = 0;
try {
  console.log(`seed ${values.seed}`);
  registry.empty();
  await expectDone("an undisturbed run");
  const wanted = registry.snapshot();
  const total = proxy.seen;
  const points = Number(values.points);
  for (let point = 0; point < points; point++) {
    const after = Math.floor((total * (point + 0.5)) / points);
    await check("reset", wanted, () => disturb("reset", after));
    await check("process killed", wanted, () => kill(after));
  }
  for (let round = 0; round < (points ? 0 : Number(values.rounds)); round++) {
    const kind = kinds[round % kinds.length];
    await check(kind, wanted, () => disturb(kind, Math.floor(random() * total)));
  }
  await check("a second loader", wanted, async () => {
    const outcomes = await Promise.all([run(), run()]);
    return { ...(outcomes.find(({ code }) => code !== 0) ?? outcomes[0]), struck: true };
  });
  await checkApart();
  for (let round = 0; round < (points ? 0 : Number(values.kills)); round++) {
    await check("process killed", wanted, () => kill(Math.floor(random() * total)));
  }
} finally {
  proxy.stop();
  await registry.kill();
  rmSync(folder, { recursive: true, force: true });
}
console.log([...counts].map(([what, count]) => `${count} x ${what}`).join("\n"));
console.log(`${failures} rounds failed`);
process.exitCode = failures === 0 ? 0 : 1;

/** One round: an empty registry, a disturbed run, a look at the tags, an undisturbed run, a look at everything. */
async function check(kind, wanted, disturbed) {
  registry.empty();
  const outcome = await disturbed();
  tally(
    `${kind}: ${outcome.struck ? `exit ${outcome.code ?? outcome.signal}` : "over before the fault struck"}`,
  );
  if (outcome.code !== null && !fittingCodes.has(outcome.code)) {
    fail(kind, `exit code ${outcome.code}`, outcome.stderr);
  }
  await expectWhole(kind, outcome.stderr);
  await expectDone(`the run after ${kind}`);
  await expectWhole(`the run after ${kind}`, "");
  if (registry.snapshot() !== wanted) {
    fail(kind, "the registry holds something else than after an undisturbed run", "");
  }
}

/** Two loaders of one architecture each, at once, and each once more: none may lose what the other has brought. */
async function checkApart() {
  const what = "loaders of one architecture each";
  registry.empty();
  proxy.arm(undefined);
  await Promise.all(archives.map((archive) => run([archive])));
  for (const archive of archives) {
    const { code, stderr } = await run([archive]);
    if (code !== 0) fail(what, `exit code ${code}`, stderr);
  }
  await expectWhole(what, "");
  await expectImages(what, "");
}

async function expectWhole(kind, stderr) {
  const broken = await findBrokenTags(`http://127.0.0.1:${registry.port}`, registry.prefix, signed);
  if (broken.length) fail(kind, `tags that point at half an image: ${broken.join(", ")}`, stderr);
}

async function expectDone(what) {
  proxy.arm(undefined);
  const { code, stderr } = await run();
  if (code !== 0) fail(what, `exit code ${code}`, stderr);
  await expectImages(what, stderr);
}

async function expectImages(what, stderr) {
  const missing = await findMissingImages(
    `http://127.0.0.1:${registry.port}`,
    samples.map(([, name]) => name),
    registry.prefix,
  );
  if (missing.length) fail(what, `reported success without ${missing.join(", ")}`, stderr);
}

async function disturb(kind, after) {
  let restarted = Promise.resolve();
  const restart = async () => {
    await registry.kill();
    await new Promise((resolve) => setTimeout(resolve, random() * 500));
    await registry.start();
  };
  const onStrike = kind === "registry" ? () => (restarted = restart()) : undefined;
  proxy.arm({ kind: kind === "registry" ? "reset" : kind, after, silence: 200 + random() * 800, onStrike });
  const outcome = await run();
  await restarted;
  return { ...outcome, struck: proxy.struck };
}

/** The main job in this process, which saves its start; the exit code is the program's. */
async function run(given = archives) {
  const tempDir = mkdtempSync(join(folder, "temp-"));
  const outcome = await load({
    archives: given.map(([platform, from]) => ({ platform, from })),
    to: { registry: `127.0.0.1:${proxy.port}`, plainHttp: true, ...(credentials ? { credentials } : {}) },
    prefix: registry.prefix,
    tempDir,
  }).then(
    (report) => ({
      code: exitCodeOfReport(report),
      stderr: JSON.stringify(report.lists.flatMap(({ error }) => error?.message ?? [])),
    }),
    (error) => ({ code: error.exitCode ?? 70, stderr: error.stack }),
  );
  if (readdirSync(tempDir).length) {
    fail("temp folder", `not empty: ${readdirSync(tempDir).join(", ")}`, outcome.stderr);
  }
  return outcome;
}

/** The program, killed with SIGKILL when so many bytes went through. */
async function kill(after) {
  const program = new URL("../bin/airgap-load.js", import.meta.url).pathname;
  const options = ["--registry", `127.0.0.1:${proxy.port}`, "--plain-http", "--temp-dir", folder];
  const flags = archives.flatMap(([platform, file]) => [`--${platform}`, file]);
  if (registry.prefix) flags.push("--prefix", registry.prefix);
  if (credentials) flags.push("--username", credentials.username);
  const child = spawn(process.execPath, [program, ...options, ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...(credentials ? { AIRGAP_LOAD_PASSWORD: credentials.password } : {}) },
  });
  proxy.arm({ kind: "reset", after, onStrike: () => child.kill("SIGKILL") });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code, signal] = await once(child, "close");
  return { code, signal, stderr, struck: proxy.struck };
}

function tally(what) {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function fail(kind, what, stderr) {
  failures++;
  console.log(`FAILED (${kind}): ${what}\n${stderr.replace(/^/gm, "  | ")}`);
}

/** mulberry32: the same seed, the same faults. */
function createRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
