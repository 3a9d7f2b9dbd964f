import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

const sampleInterval = 25;

/**
 * Runs a program and gives its wall time and CPU time in seconds, the most memory it held and the most bytes that stood
 * in `tempDir`. bash's `time` gives the CPU time exactly; memory is the kernel's own high-water mark, so that nothing
 * but the last moments before the end can be missed; the temp folder is looked at every 25 ms.
 */
export async function measureProcess(program, args, { tempDir, env, input } = {}) {
  const timed = ["-c", 'TIMEFORMAT="%U %S"; time "$0" "$@"', program, ...args];
  const started = performance.now();
  const child = spawn("bash", timed, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const ended = closed.then(() => performance.now());
  pipeline(typeof input === "string" ? createReadStream(input) : (input ?? []), child.stdin).catch(
    () => undefined,
  );
  const output = collect(child);
  const peaks = await samplePeaks(child, closed, tempDir);
  const seconds = ((await ended) - started) / 1000;
  const lines = (await output).trimEnd().split("\n");
  if (child.exitCode !== 0) {
    throw new Error(`${program} ${args.join(" ")}: exit code ${child.exitCode}\n${lines.join("\n")}`);
  }
  const [user, system] = lines.at(-1).split(" ").map(Number);
  return { seconds, cpuSeconds: user + system, ...peaks };
}

async function collect(child) {
  let text = "";
  child.stdout.resume();
  for await (const chunk of child.stderr.setEncoding("utf8")) text = (text + chunk).slice(-8192);
  return text;
}

async function samplePeaks(child, closed, tempDir) {
  const peaks = { memory: 0, tempDisk: 0 };
  const end = new AbortController();
  closed.then(() => end.abort());
  while (!end.signal.aborted) {
    peaks.memory = Math.max(peaks.memory, await readPeakMemory(child.pid));
    if (tempDir) peaks.tempDisk = Math.max(peaks.tempDisk, await sizeOfFolder(tempDir));
    await Promise.race([closed, sleep(sampleInterval)]);
  }
  return peaks;
}

/** `VmHWM` of the program that bash runs (proc(5)), in bytes. */
async function readPeakMemory(bash) {
  try {
    const [pid] = (await readFile(`/proc/${bash}/task/${bash}/children`, "utf8")).split(" ");
    return Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function sizeOfFolder(folder) {
  const entries = await readdir(folder, { recursive: true });
  const sizes = entries.map((entry) =>
    stat(join(folder, entry)).then(
      ({ blocks }) => blocks * 512,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
