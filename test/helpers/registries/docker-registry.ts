import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findMissing } from "../processes/installed.ts";

export interface DockerRegistryOptions {
  /** Debian's `docker-registry` is distribution 2.8; `registry` is what `go install` makes of distribution 3. */
  readonly program?: "docker-registry" | "registry";
  /** Settings as docker-registry reads them from its environment: `REGISTRY_AUTH_HTPASSWD_PATH`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface DockerRegistry {
  /** `http://127.0.0.1:34567` */
  readonly url: string;
  /** `127.0.0.1:34567` */
  readonly host: string;
  readonly storageDir: string;
  /** Everything it has written so far, its access log included. */
  log(): string;
  stop(): Promise<void>;
}

/** What is missing for {@link startDockerRegistry}, if anything. */
export const missingDockerRegistry: string | undefined = findMissing("docker-registry");

/** What is missing for distribution 3, if anything. */
export const missingDistribution3: string | undefined = findMissing("registry");

/** Starts distribution, by itself Debian's, with an empty store on a free loopback port. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-registry-"));
  const storageDir = join(folder, "storage");
  const config = join(folder, "config.yml");
  await writeFile(config, configText(storageDir));
  const { program = "docker-registry" } = options;
  const child = spawn(program, ["serve", config], {
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const host = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      lines.push(line);
      const address = /listening on ([\d.:]+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${program} did not start: ${lines.join("\n")}`)));
  });
  return {
    url: `http://${host}`,
    host,
    storageDir,
    log: () => lines.join("\n"),
    stop: async () => {
      child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configText(storageDir: string): string {
  return JSON.stringify({
    version: "0.1",
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: storageDir }, delete: { enabled: true } },
    http: { addr: "127.0.0.1:0" },
  });
}
