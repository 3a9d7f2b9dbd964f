import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import type { RunningRegistry } from "../helpers/registries/registries.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const name = "rancher/pause:3.1";
const run = promisify(execFile);

/** Clients keep settings there: not in the home of whoever runs the tests. */
async function ownHome(): Promise<NodeJS.ProcessEnv> {
  return { ...process.env, HOME: await makeTempFolder() };
}

describeRegistries("what other clients find", (start) => {
  let registry: RunningRegistry;
  let digest: string | undefined;

  beforeAll(async () => {
    registry = await start();
    const loaded = await runCli(["--registry", registry.host, ...k3sFlags("docker20", ["amd64", "arm64"])]);
    if (loaded.code !== 0) throw new Error(loaded.stderr);
    digest = await fetchDigest(registry.host, name);
  });
  afterAll(() => registry.stop());

  describeWith(findMissing("crane"), "with crane", () => {
    test("is a whole list, layer by layer", async () => {
      const env = await ownHome();
      const { stdout } = await run(
        "crane",
        ["validate", "--insecure", "--remote", `${registry.host}/${name}`],
        {
          env,
        },
      );
      expect(stdout).toContain("PASS");
    });
  });

  describeWith(findMissing("regctl"), "with regctl", () => {
    test("is the same list with its images", async () => {
      const env = await ownHome();
      await run("regctl", ["registry", "set", "--tls", "disabled", registry.host], { env });
      const image = `${registry.host}/${name}`;
      const { stdout } = await run("regctl", ["manifest", "get", image], { env });
      expect(stdout).toContain(digest);
      for (const platform of ["linux/amd64", "linux/arm64"]) {
        const found = await run("regctl", ["image", "inspect", "--platform", platform, image], { env });
        expect(found.stdout).toContain(platform.replace("linux/", ""));
      }
    });
  });

  describeWith(findMissing("oras"), "with oras", () => {
    test("is the same list, and copies whole", async () => {
      const env = await ownHome();
      const image = `${registry.host}/${name}`;
      const fetched = await run("oras", ["manifest", "fetch", "--plain-http", "--descriptor", image], {
        env,
      });
      expect(fetched.stdout).toContain(digest);
      const plain = ["--from-plain-http", "--to-plain-http"];
      await run("oras", ["cp", "-r", ...plain, image, `${registry.host}/copied/pause:1`], { env });
      expect(await fetchDigest(registry.host, "copied/pause:1")).toBe(digest);
    });
  });
});
