import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { findMissing } from "../processes/installed.ts";
import { runCli } from "../processes/run-cli.ts";
import { makeTempFolder } from "../temp-folder.ts";
import type { Containerd } from "./containerd.ts";
import { missingOldDocker, oldDocker } from "./docker-client.ts";

/** What a client of registries does here, in a registry without TLS; each rejects where it fails. */
export interface RegistryClient {
  readonly name: string;
  /** What is missing for it, if anything. */
  readonly missing: string | undefined;
  read(image: string, session: Session): Promise<unknown>;
  /** Puts `image`, which has a tag `{tag}-amd64` beside it, under another tag of its repository. */
  write(image: string, target: string, session: Session): Promise<unknown>;
}

/** Where a client finds its credentials, if any. */
export interface Session {
  readonly host: string;
  readonly user: string | undefined;
  readonly home: string;
  readonly run: (program: string, ...args: readonly string[]) => Promise<string>;
}

/** A home of its own, signed in to a registry as `name:password` in the form that docker and all others read, or not. */
export async function openSession(host: string, user?: string): Promise<Session> {
  const home = await makeTempFolder();
  await mkdir(join(home, ".docker"));
  const auths = user === undefined ? {} : { [host]: { auth: Buffer.from(user).toString("base64") } };
  await writeFile(join(home, ".docker/config.json"), JSON.stringify({ auths }));
  const env = {
    ...process.env,
    HOME: home,
    DOCKER_CONFIG: join(home, ".docker"),
    REGISTRY_AUTH_FILE: join(home, ".docker/config.json"),
  };
  const run = async (program: string, ...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(program, args, { env, maxBuffer: 64 << 20, timeout: 600_000 })).stdout;
  return { host, user, home, run };
}

function docker(name: string, program: string, missing: string | undefined): RegistryClient {
  return {
    name,
    missing,
    read: (image, { run }) => run(program, "manifest", "inspect", "--insecure", image),
    write: async (image, target, { run }) => {
      await run(program, "manifest", "create", "--insecure", target, `${image}-amd64`);
      await run(program, "manifest", "push", "--insecure", target);
    },
  };
}

const podman: RegistryClient = {
  name: "podman",
  missing: findMissing("podman"),
  read: (image, session) => runPodman(session, "pull", "--tls-verify=false", image),
  write: async (image, target, session) => {
    await runPodman(session, "pull", "--tls-verify=false", image);
    await runPodman(session, "push", "--tls-verify=false", image, target);
  },
};

async function runPodman({ home, run }: Session, ...args: readonly string[]): Promise<string> {
  const own = ["--root", join(home, "root"), "--runroot", join(home, "run"), "--storage-driver", "vfs"];
  return run("podman", ...own, "--cgroup-manager", "cgroupfs", ...args);
}

async function setPlain({ host, run }: Session): Promise<void> {
  await run("regctl", "registry", "set", "--tls", "disabled", host);
}

async function runOurselves({ home }: Session, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCli(args, { env: { DOCKER_CONFIG: join(home, ".docker") } });
  if (code !== 0) throw new Error(stderr);
}

const oci = (image: string): string => `docker://${image}`;

/** The clients that need no daemon. */
export const registryClients: readonly RegistryClient[] = [
  docker("docker", "docker", findMissing("docker")),
  docker("docker 20.10", oldDocker, missingOldDocker),
  {
    name: "skopeo",
    missing: findMissing("skopeo"),
    read: (image, { run }) => run("skopeo", "inspect", "--tls-verify=false", oci(image)),
    write: (image, target, { run }) =>
      run(
        "skopeo",
        "--insecure-policy",
        "copy",
        "--all",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        ...[image, target].map(oci),
      ),
  },
  podman,
  {
    name: "crane",
    missing: findMissing("crane"),
    read: (image, { run }) => run("crane", "manifest", "--insecure", image),
    write: (image, target, { run }) => run("crane", "copy", "--insecure", image, target),
  },
  {
    name: "regctl",
    missing: findMissing("regctl"),
    read: async (image, session) => {
      await setPlain(session);
      await session.run("regctl", "manifest", "get", image);
    },
    write: async (image, target, session) => {
      await setPlain(session);
      await session.run("regctl", "image", "copy", image, target);
    },
  },
  {
    name: "oras",
    missing: findMissing("oras"),
    read: (image, { run }) => run("oras", "manifest", "fetch", "--plain-http", image),
    write: (image, target, { run }) =>
      run("oras", "cp", "-r", "--from-plain-http", "--to-plain-http", image, target),
  },
  {
    name: "airgap-load",
    missing: undefined,
    read: (image, session) => runOurselves(session, "inspect", "--plain-http", image),
    write: (image, target, session) =>
      runOurselves(session, "copy", "--src-plain-http", "--plain-http", ...[image, target].map(oci)),
  },
];

/** containerd's `ctr`, which is told on its command line who it is. */
export function createContainerdClient(containerd: Containerd): RegistryClient {
  return {
    name: "containerd",
    missing: undefined,
    read: (image, { user }) => containerd.pull(image, "linux/amd64", user),
    write: async (image, target, { user }) => {
      await containerd.pull(image, "linux/amd64", user);
      await containerd.push(image, target, "linux/amd64", user);
    },
  };
}
