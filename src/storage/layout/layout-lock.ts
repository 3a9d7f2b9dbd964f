import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isFileError } from "./durable-files.ts";

/** A holder touches its lock this often, in milliseconds; one that has missed six turns is gone. */
const heartbeat = 5000;
const patience = 6 * heartbeat;

/** Tells this process from an earlier one with the same number, as there are in containers. */
const holder = `${process.pid} ${hostname()} ${randomUUID()}`;

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
  while (!(await tryCreate(path))) await waitOrBreak(path);
  const beating = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => {});
  }, heartbeat).unref();
  try {
    return await change();
  } finally {
    clearInterval(beating);
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    await writeFile(path, holder, { flag: "wx" });
    return true;
  } catch (error) {
    if (isFileError(error, "EEXIST")) return false;
    throw new AirgapError("LAYOUT_NOT_WRITABLE", `Cannot write to "${path}": ${String(error)}`, {
      exit: "cannotCreate",
      cause: error,
    });
  }
}

async function waitOrBreak(path: string): Promise<void> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    if (isGone(text) || Date.now() - mtimeMs > patience) await rm(path, { force: true });
    else await delay(20);
  } catch (error) {
    if (!isFileError(error, "ENOENT")) throw error;
  }
}

/** Whether the lock's holder was a process of this machine that has ended; of others only their silence tells. */
function isGone(text: string): boolean {
  const [pid = "", host] = text.split(" ");
  if (text === holder || host !== hostname() || !/^\d+$/.test(pid)) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return isFileError(error, "ESRCH");
  }
}
