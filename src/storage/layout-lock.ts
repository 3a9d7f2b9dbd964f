import { rm, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { AirgapError } from "../oci/airgap-error.ts";
import { isFileError } from "./durable-files.ts";

/** A change takes milliseconds; a lock from a machine that we cannot ask is given up after this. */
const patience = 30_000;

const queues = new Map<string, Promise<unknown>>();

/**
 * Runs one change at a time, over all processes that share a directory, `serve` and `--to` among them; callers within a
 * process wait for each other in order. The lock file names its holder, so that one left behind by a killed process is
 * seen for what it is. Throws `LAYOUT_NOT_WRITABLE`.
 */
export function withLayoutLock<T>(path: string, change: () => Promise<T>): Promise<T> {
  const turn = (queues.get(path) ?? Promise.resolve()).then(() => holdLock(path, change));
  queues.set(
    path,
    turn.catch(() => {}),
  );
  return turn;
}

async function holdLock<T>(path: string, change: () => Promise<T>): Promise<T> {
  await createLock(path);
  try {
    return await change();
  } finally {
    await rm(path, { force: true });
  }
}

async function createLock(path: string): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await tryCreate(path))) {
    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (isGone(holder) || Date.now() > deadline) await rm(path, { force: true });
    else await delay(20);
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${hostname()}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (isFileError(error, "EEXIST")) return false;
    throw new AirgapError("LAYOUT_NOT_WRITABLE", `Cannot write to "${path}": ${String(error)}`, {
      exit: "cannotCreate",
      cause: error,
    });
  }
}

async function readHolder(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** A lock of this very process that nobody here waits on is from an earlier life with the same number, as in containers. */
function isGone(holder: string): boolean {
  const [pid = "", host] = holder.trim().split(" ");
  if (host !== hostname() || !/^\d+$/.test(pid)) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return isFileError(error, "ESRCH");
  }
}
