// The main job on bad days: the registry killed and started again, the network cut, the process killed, each at a random
// moment. Every run must finish or fail with a fitting code and leave no tag that points at half an image; a run
// without faults must then complete, and the registry must hold the same, byte for byte, as if nothing had happened.
// usage: npm run faults -- [--rounds 200] [--kills 50] [--seed N]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRegistry } from "./faults/registry.mjs";
import { startProxy } from "./faults/faulty-proxy.mjs";
import { findBrokenTags } from "./faults/find-broken-tags.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    kills: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
  },
});
const random = createRandom(Number(values.seed));
const kinds = ["registry", "reset", "stall", "half-open"];
/** Done, some failed, not reachable, gave up, broke the protocol. */
const fittingCodes = new Set([0, 1, 69, 75, 76]);
const bytesPerSecond = 3e6;

const folder = mkdtempSync(join(tmpdir(), "airgap-load-faults-"));
const registry = await createRegistry(folder);
await registry.start();
const proxy = await startProxy(registry.port, bytesPerSecond);
const counts = new Map();
let failures = 0;
try {
  console.log(`seed ${values.seed}`);
  registry.empty();
  await expectDone("an undisturbed run");
  const wanted = registry.snapshot();
  const total = 1e6;
  for (let round = 0; round < Number(values.rounds); round++) {
    const kind = kinds[round % kinds.length];
    await check(kind, wanted, () => disturb(kind, Math.floor(random() * total)));
  }
  for (let round = 0; round < Number(values.kills); round++) {
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
async function check(kind, wanted, run) {
  registry.empty();
  const outcome = await run();
  tally(
    `${kind}: ${outcome.struck ? `exit ${outcome.code ?? outcome.signal}` : "over before the fault struck"}`,
  );
  if (outcome.code !== null && !fittingCodes.has(outcome.code))
    fail(kind, `exit code ${outcome.code}`, outcome.stderr);
  const broken = await findBrokenTags(`http://127.0.0.1:${registry.port}`);
  if (broken.length) fail(kind, `tags that point at half an image: ${broken.join(", ")}`, outcome.stderr);
  await expectDone(`the run after ${kind}`);
  if (registry.snapshot() !== wanted)
    fail(kind, "the registry holds something else than after an undisturbed run", "");
}

async function expectDone(what) {
  proxy.arm(undefined);
  const { code, stderr } = await load().result;
  if (code !== 0) fail(what, `exit code ${code}`, stderr);
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
  const outcome = await load().result;
  await restarted;
  return { ...outcome, struck: proxy.struck };
}

/** SIGKILL when so many bytes went through. */
async function kill(after) {
  const run = load();
  proxy.arm({ kind: "reset", after, onStrike: () => run.child.kill("SIGKILL") });
  return { ...(await run.result), struck: proxy.struck };
}

function load() {
  const archives = ["amd64", "arm64", "arm"].flatMap((word) => [
    `--${word}`,
    new URL(`../samples/k3s8/docker26/k3s-airgap-images-${word}.tar.gz`, import.meta.url).pathname,
  ]);
  const program = new URL("../bin/airgap-load.js", import.meta.url).pathname;
  const temp = mkdtempSync(join(folder, "temp-"));
  const args = [
    program,
    "--registry",
    `127.0.0.1:${proxy.port}`,
    "--plain-http",
    "--temp-dir",
    temp,
    ...archives,
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  return { child, result: finish(child, temp) };
}

async function finish(child, temp) {
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code, signal] = await once(child, "close");
  if (signal === null && readdirSync(temp).length)
    fail("temp folder", `not empty: ${readdirSync(temp).join(", ")}`, stderr);
  return { code, signal, stderr };
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
