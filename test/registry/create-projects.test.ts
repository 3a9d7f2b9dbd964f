import { describe, expect, onTestFinished, test } from "vitest";
import { samplePath } from "../helpers/archives/samples.ts";
import { runCli, type CliResult } from "../helpers/processes/run-cli.ts";
import { createTokenAuth, keepProjects, showVendor } from "../helpers/registries/registry-faults.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const archive = samplePath("k3s8/docker20/k3s-airgap-images-amd64.tar.gz");
const user = { username: "ann", password: "s3cret" };
const basic = `Basic ${Buffer.from("ann:s3cret").toString("base64")}`;

async function start(...faults: TestRegistry["faults"]): Promise<TestRegistry> {
  const registry = await startTestRegistry({ faults });
  onTestFinished(() => registry.stop());
  return registry;
}

function load({ host }: TestRegistry, name: string, password: string, ...args: string[]): Promise<CliResult> {
  const where = ["--registry", host, "--plain-http", "--prefix", "team", "--amd64", archive];
  return runCli([...where, "--username", name, "--password-stdin", ...args], { input: password });
}

describe("--create-projects", () => {
  test.for([
    { vendor: "harbor", noun: "project", name: "ann", secret: "s3cret", header: basic },
    { vendor: "gitea", noun: "organization", name: "ann", secret: "s3cret", header: basic },
    { vendor: "quay", noun: "organization", name: "$oauthtoken", secret: "t0ken", header: "Bearer t0ken" },
  ] as const)(
    "makes what is missing at $vendor, once, and says so",
    async ({ vendor, noun, name, secret, header }) => {
      const projects = new Set(["other"]);
      const registry = await start(keepProjects(vendor, projects, header), showVendor(vendor));
      const refused = await load(registry, name, secret);
      expect([refused.code, refused.stderr]).toEqual([77, expect.stringContaining("REPOSITORY_UNKNOWN")]);
      expect([...projects]).toEqual(["other"]);
      const { code, stderr } = await load(registry, name, secret, "--create-projects");
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining(`Created ${noun} "team" in "${registry.host}"`),
      ]);
      expect([...projects]).toEqual(["other", "team"]);
      const again = await load(registry, name, secret, "--create-projects");
      expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining("Created")]);
    },
  );

  test("makes nothing in a dry run", async () => {
    const projects = new Set<string>();
    const registry = await start(keepProjects("harbor", projects, basic), showVendor("harbor"));
    await load(registry, "ann", "s3cret", "--create-projects", "--dry-run");
    expect([...projects]).toEqual([]);
  });

  test("tells of an account that may not, before anything is sent", async () => {
    const registry = await start(keepProjects("harbor", new Set(), basic, false), showVendor("harbor"));
    const { code, stderr } = await load(registry, "ann", "s3cret", "--create-projects");
    expect([code, stderr]).toEqual([77, expect.stringContaining("The account may not create a project")]);
    expect(registry.requests.filter(({ url }) => url.includes("/blobs/"))).toEqual([]);
  });

  test("tries a wrong password once", async () => {
    const { fault, asked } = createTokenAuth({ path: "/service/token", ...user });
    const registry = await start(keepProjects("harbor", new Set(), basic), fault);
    const { code, stderr } = await load(registry, "ann", "wrong", "--create-projects");
    expect([code, stderr]).toEqual([77, expect.stringContaining("SIGN_IN_FAILED")]);
    expect(asked).toHaveLength(1);
    expect(registry.requests.filter(({ url }) => url.startsWith("/api/"))).toEqual([]);
  });

  test("leaves it to the hint where the registry has no way, as ECR, and works where nothing is missing", async () => {
    const registry = await start();
    expect((await load(registry, "ann", "s3cret", "--create-projects")).code).toBe(0);
  });
});
