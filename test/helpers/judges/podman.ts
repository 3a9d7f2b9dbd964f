import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { findMissing } from "../processes/installed.ts";
import { runProgram } from "../processes/run-program.ts";
import type { PodContainer } from "./kubernetes.ts";

/** What is missing for {@link startPodman}, if anything. */
export const missingPodman: string | undefined =
  findMissing("podman", "runc") ?? (process.getuid?.() === 0 ? undefined : "podman is run as root here");

export interface Podman extends AsyncDisposable {
  /** `podman load`; gives the image's name. */
  load(path: string): Promise<string>;
  /** `podman pull` with that registries.conf; gives the image's ID. */
  pull(name: string, registriesConf: string): Promise<string>;
  /** Starts a container as Kubernetes would run this one, with a folder for each of its volumes, on the host's network. */
  start(
    image: string,
    container: PodContainer,
    folders: Readonly<Record<string, string>>,
  ): ChildProcessByStdio<null, Readable, Readable>;
}

/** A podman with images and containers of its own in a temp folder. */
export async function startPodman(): Promise<Podman> {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-podman-"));
  const own = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
  const global = [...own, "--cgroup-manager", "cgroupfs", "--runtime", "runc"];
  return {
    load: async (path) => {
      const told = await runProgram("podman", ...global, "load", "--quiet", "--input", path);
      return told.replace(/^Loaded image(?:\(s\))?: /, "").trim();
    },
    pull: async (name, registriesConf) => {
      const variable = `CONTAINERS_REGISTRIES_CONF=${registriesConf}`;
      return (await runProgram("env", variable, "podman", ...global, "pull", "--quiet", name)).trim();
    },
    start: (image, container, folders) =>
      spawn("podman", [...global, ...runOptions(container, folders), image, ...container.args], {
        stdio: ["ignore", "pipe", "pipe"],
      }),
    [Symbol.asyncDispose]: async () => {
      await runProgram("podman", ...global, "system", "reset", "--force").catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function runOptions(
  { env = [], volumeMounts }: PodContainer,
  folders: Readonly<Record<string, string>>,
): string[] {
  const rights = ["--user", "65532:65532", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all"];
  // A machine's own container may not raise its limits.
  const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"];
  const mounts = volumeMounts.flatMap(({ name, mountPath, readOnly }) => [
    "--volume",
    `${folders[name]}:${mountPath}${readOnly ? ":ro" : ""}`,
  ]);
  const variables = env.flatMap(({ name, value }) => ["--env", `${name}=${value ?? ""}`]);
  return ["run", "--rm", "--network", "host", ...rights, ...limits, ...mounts, ...variables];
}
