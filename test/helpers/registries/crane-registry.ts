import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { findMissing } from "../processes/installed.ts";

/** What is missing for {@link startCraneRegistry}, if anything. */
export const missingCraneRegistry: string | undefined = findMissing("crane");

/** Starts the registry of go-containerregistry, in memory, on a free loopback port. */
export async function startCraneRegistry(): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const child = spawn("crane", ["registry", "serve", "--address", "127.0.0.1:0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      const found = /serving on port (\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error("crane's registry did not start")));
  });
  return {
    host: `127.0.0.1:${port}`,
    stop: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
