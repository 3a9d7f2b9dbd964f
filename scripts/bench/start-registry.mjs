import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Starts docker-registry, of that name or elsewhere, with an empty store on a free loopback port: `{ host, pid, stop }`. */
export async function startRegistry(program = "docker-registry") {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-bench-"));
  const config = {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "storage") } },
    http: { addr: "127.0.0.1:0" },
  };
  await writeFile(join(folder, "config.yml"), JSON.stringify(config));
  const child = spawn(program, ["serve", join(folder, "config.yml")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const host = await new Promise((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      const address = /listening on ([\d.:]+)/.exec(line)?.[1];
      if (address) resolve(address);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${program} did not start`)));
  });
  const stop = async () => {
    child.kill();
    await closed;
    await rm(folder, { recursive: true, force: true });
  };
  return { host, pid: child.pid, stop };
}
