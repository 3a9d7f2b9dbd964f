import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findMissing } from "../processes/installed.ts";

/** What is missing for {@link dockerManifest}, if anything. */
export const missingDockerClient: string | undefined = findMissing("docker");

/** docker 20.10's client, where `.ci/run` puts it: the one that the articles' commands were written for. */
export const oldDocker = "/usr/local/lib/airgap-load-judges/docker-20.10";

/** What is missing for {@link oldDocker}, if anything. */
export const missingOldDocker: string | undefined = existsSync(oldDocker)
  ? undefined
  : "docker 20.10 not installed";

/** `docker manifest ...` with nothing stored from before, which needs no daemon; gives what it prints. */
export async function dockerManifest(...args: readonly string[]): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "airgap-load-docker-"));
  try {
    const { stdout } = await promisify(execFile)("docker", ["--config", home, "manifest", ...args], {
      timeout: 600_000,
    });
    return stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
