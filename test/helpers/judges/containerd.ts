import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findMissing } from "../processes/installed.ts";
import { runProgram } from "../processes/run-program.ts";

export interface Containerd {
  /** `ctr images pull` and unpack of `host/name:tag` from a registry without TLS, for one platform: `linux/arm/v7`; as `name:password`, if given. */
  pull(reference: string, platform: string, user?: string): Promise<void>;
  /** The same through a folder of hosts.toml files, which say where to go. */
  pullThrough(hostsFolder: string, reference: string, platform: string): Promise<void>;
  /** `ctr images push` of what {@link pull} pulled for that platform, under another name. */
  push(reference: string, target: string, platform: string, user?: string): Promise<void>;
  /** `ctr images import` of an archive, all of it unpacked for one platform. */
  importArchive(path: string, platform: string): Promise<void>;
  /** Mounts what {@link pull} unpacked, hands the root's path to `look`, and unmounts again. */
  withRoot<T>(reference: string, platform: string, look: (root: string) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** What is missing for {@link startContainerd}, if anything. */
export const missingContainerd: string | undefined =
  findMissing("containerd", "ctr") ?? (canMount() ? undefined : "containerd may not mount here");

/** Starts a containerd of its own, with everything under one temp folder, without CRI, runtimes or networks. */
export async function startContainerd(): Promise<Containerd> {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-containerd-"));
  const address = join(folder, "containerd.sock");
  const config = join(folder, "config.toml");
  await writeFile(config, configText(folder, address));
  const child = spawn("containerd", ["--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const lines: string[] = [];
    createInterface(child.stderr).on("line", (line) => {
      lines.push(line);
      if (line.includes("containerd successfully booted")) resolve();
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`containerd did not start: ${lines.join("\n")}`)));
  });
  const ctr = (...args: readonly string[]): Promise<string> =>
    runProgram("ctr", "--address", address, ...args);
  const native = ["--snapshotter", "native"];
  return {
    pull: async (reference, platform, user) => {
      await ctr(
        "images",
        "pull",
        "--plain-http",
        ...signIn(user),
        ...native,
        "--platform",
        platform,
        reference,
      );
    },
    pullThrough: async (hostsFolder, reference, platform) => {
      await ctr("images", "pull", "--hosts-dir", hostsFolder, ...native, "--platform", platform, reference);
    },
    push: async (reference, target, platform, user) => {
      await ctr("images", "push", "--plain-http", ...signIn(user), "--platform", platform, target, reference);
    },
    importArchive: async (path, platform) => {
      await ctr("images", "import", ...native, "--platform", platform, path);
    },
    withRoot: async (reference, platform, look) => {
      const root = await mkdtemp(join(folder, "root-"));
      await ctr("images", "mount", ...native, "--platform", platform, reference, root);
      try {
        return await look(root);
      } finally {
        await ctr("images", "unmount", "--rm", ...native, root);
      }
    },
    stop: async () => {
      child.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function signIn(user: string | undefined): string[] {
  return user === undefined ? [] : ["--user", user];
}

function canMount(): boolean {
  return spawnSync("unshare", ["--mount", "true"], { stdio: "ignore" }).status === 0;
}

function configText(folder: string, address: string): string {
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
address = "${address}"
[ttrpc]
address = "${address}.ttrpc"
`;
}
