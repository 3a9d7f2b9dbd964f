// Damages the sample archives in many ways and opens what comes out, as a file and as a pipe. Every try must end in time and
// in bounded memory, either with images whose bytes all have the digests they are told with, or with one clear error; and
// must leave no temp file. Prints the seed of a try that does not; `--only SEED` runs that one again.
// usage: npm run fuzz [-- --seconds 60] [--seed N] [--only SEED]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    only: { type: "string" },
  },
});
/** A try takes some 50 ms; a thread that hangs cannot be told from one that does not get a processor, so this is generous. */
const maxTryTime = 60_000;
const worker = fileURLToPath(new URL("fuzz/try-archives.mjs", import.meta.url));

const end = Date.now() + Number(options.seconds) * 1000;
let seed = Number(options.only ?? options.seed);
const outcomes = new Map();
while (options.only === undefined ? Date.now() < end : outcomes.size === 0) seed = await runTries(seed);

for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a)) {
  console.log(`${String(count).padStart(7)}  ${outcome}`);
}

/** Runs tries in one process until it has had enough; gives the seed to go on with. */
async function runTries(first) {
  const args = [worker, String(first), options.only === undefined ? String(end) : "once"];
  const child = spawn(process.execPath, ["--max-old-space-size=256", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let current = first;
  let timer;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => fail(child, current, `did not end within ${maxTryTime / 1000} s`), maxTryTime);
  };
  watch();
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, number, outcome] = JSON.parse(line);
    current = number;
    watch();
    if (kind === "failed") fail(child, current, outcome);
    if (kind === "done") outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  clearTimeout(timer);
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) fail(child, current, `ended with ${child.exitCode ?? child.signalCode}`);
  return current + 1;
}

function fail(child, number, what) {
  child.kill("SIGKILL");
  console.error(`try ${number} ${what}\nagain: npm run fuzz -- --only ${number}`);
  process.exit(1);
}
