import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { CheckedPairs } from "../../transfer/load/layer-reuse.ts";

/** Oldest pairs are forgotten beyond this many. */
const maxPairs = 100_000;

/** Writes at its end what was added. A folder that cannot be written only means that layers are checked again next time. */
export type CheckedPairsFile = CheckedPairs & AsyncDisposable;

/** Pairs checked in earlier runs, one `digest diffID` a line, from the user's cache folder; unreadable lines are left out. */
export async function openCheckedPairs(env: NodeJS.ProcessEnv): Promise<CheckedPairsFile> {
  const path = join(
    env["XDG_CACHE_HOME"] || join(env["HOME"] || ".", ".cache"),
    "airgap-load",
    "checked-layers",
  );
  const pairs = new Set(await readPairs(path));
  let changed = false;
  return {
    has: (digest, diffID) => pairs.has(`${digest} ${diffID}`),
    add(digest: Digest, diffID: Digest) {
      pairs.add(`${digest} ${diffID}`);
      changed = true;
    },
    [Symbol.asyncDispose]: async () => (changed ? writePairs(path, [...pairs].slice(-maxPairs)) : undefined),
  };
}

async function readPairs(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line.includes(" ") && line.split(" ").every(isDigest));
}

async function writePairs(path: string, pairs: readonly string[]): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.${process.pid}`, `${pairs.join("\n")}\n`, { mode: 0o600 });
    await rename(`${path}.${process.pid}`, path);
  } catch {
    return;
  }
}
