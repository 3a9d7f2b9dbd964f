import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findMissing } from "../processes/installed.ts";

/** What is missing for {@link dockerManifest}, if anything. */
export const missingDockerClient: string | undefined = findMissing("docker");

/** `docker manifest ...` with nothing stored from before, which needs no daemon; gives what it prints. */
export async function dockerManifest(...args: readonly string[]): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "airgap-load-docker-"));
  try {
    const { stdout } = await promisify(execFile)("docker", ["--config", home, "manifest", ...args], {
      timeout: 60_000,
    });
    return stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
