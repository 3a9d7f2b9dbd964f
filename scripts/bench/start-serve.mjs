import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../bin/airgap-load.js", import.meta.url));

/** Starts `airgap-load serve` over an empty folder on a free loopback port: `{ host, pid, stop }`. */
export async function startServe() {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-bench-"));
  const child = spawn(process.execPath, [program, "serve", "--data", folder, "--listen", "127.0.0.1:0"]);
  const host = await new Promise((resolve) =>
    createInterface(child.stderr).on("line", (line) => {
      const found = / at http:\/\/(\S+)$/.exec(line)?.[1];
      if (found) resolve(found);
    }),
  );
  const closed = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.kill("SIGKILL");
    await closed;
    await rm(folder, { recursive: true });
  };
  return { host, pid: child.pid, stop };
}
