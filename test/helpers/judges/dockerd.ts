import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findMissing } from "../processes/installed.ts";
import { runProgram } from "../processes/run-program.ts";
import { missingOldDocker, oldDocker } from "./docker-client.ts";

/** docker 20.10's daemon, where `.ci/run` puts it. */
const oldDaemon = "/usr/local/lib/airgap-load-judges/dockerd-20.10";

/** What is missing for {@link startDockerd}, if anything. */
export const missingDockerd: string | undefined =
  missingOldDocker ??
  findMissing("containerd") ??
  (existsSync(oldDaemon) && process.getuid?.() === 0 ? undefined : "docker 20.10's daemon cannot run here");

export interface Dockerd extends AsyncDisposable {
  /** `docker` with this daemon; gives what it prints. */
  docker(...args: readonly string[]): Promise<string>;
}

/** A daemon of docker 20.10 with images of its own, in a temp folder and without networks. */
export async function startDockerd(): Promise<Dockerd> {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-dockerd-"));
  const socket = `unix://${join(folder, "docker.sock")}`;
  const places = ["--data-root", "data", "--exec-root", "exec", "--pidfile", "docker.pid"].map((word) =>
    word.startsWith("-") ? word : join(folder, word),
  );
  const bare = ["--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip6tables=false"];
  const child = spawn(oldDaemon, ["--host", socket, ...places, ...bare], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const lines: string[] = [];
    createInterface(child.stderr).on("line", (line) => {
      lines.push(line);
      if (line.includes("API listen on")) resolve();
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`dockerd did not start: ${lines.join("\n")}`)));
  });
  return {
    docker: (...args) => runProgram(oldDocker, "--host", socket, "--config", join(folder, "config"), ...args),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
