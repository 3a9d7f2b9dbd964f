import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { faultFor, forgetManifests, requestsFor } from "../helpers/registries/registry-faults.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

/** Answers 201 to a tag, keeps nothing, and gives another image under it. */
function mixUpTags(): Fault {
  const pushed = new Set<string | undefined>();
  return (handler) => (request, response) => {
    if (pushed.has(request.url)) request.url = "/v2/rancher/pause/manifests/3.1-arm64";
    if (!requestsFor.tagPut(request)) return handler(request, response);
    pushed.add(request.url);
    return forgetManifests()(handler)(request, response);
  };
}

/** Has everything under its tag, and loses what it is asked for by digest once the tag is there. */
function loseDigests(): Fault {
  let tagged = false;
  return (handler) => async (request, response) => {
    if (requestsFor.tagPut(request)) tagged = true;
    if (!tagged || !/\/manifests\/sha256:/.test(request.url ?? "")) return handler(request, response);
    response.writeHead(404).end();
  };
}

describe("what is not given back as it was sent is an error, after", () => {
  let registry: TestRegistry;
  let folder: string;
  let env: Record<string, string>;
  let spec: string;
  const name = (path: string): string => `${registry.host}/${path}`;

  beforeAll(async () => {
    registry = await startTestRegistry();
    await runCli(["--registry", registry.host, ...k3sFlags("docker26-containerd")]);
    folder = await mkdtemp(join(tmpdir(), "airgap-load-test-"));
    env = { XDG_STATE_HOME: folder };
    spec = join(folder, "list.yaml");
    const manifests = [{ image: name("rancher/pause:3.1-amd64") }];
    await writeFile(spec, JSON.stringify({ image: name("rancher/pause:spec"), manifests }));
    await runCli(["manifest", "create", name("rancher/pause:made"), manifests[0]?.image ?? ""], { env });
  });
  afterEach(() => {
    registry.faults = [];
  });
  afterAll(async () => {
    await registry.stop();
    await rm(folder, { recursive: true });
  });

  const commands: readonly (readonly [string, () => readonly string[]])[] = [
    ["copy", () => ["copy", `docker://${name("rancher/pause:3.1")}`, `docker://${name("copy/pause:1")}`]],
    ["manifest push", () => ["manifest", "push", name("rancher/pause:made")]],
    ["push-spec", () => ["push-spec", spec]],
  ];
  const faults: readonly (readonly [string, () => Fault, RegExp])[] = [
    ["mixes tags up", mixUpTags, /want (sha256:[0-9a-f]{64}), got (?!\1)sha256:/],
    ["loses what the tag names", loseDigests, /sha256:[0-9a-f]{64} is not there/],
  ];

  describe.each(faults)("a registry that %s", (_title, fault, says) => {
    test.each(commands)("%s", async (_command, args) => {
      registry.faults = [fault()];
      const { code, stdout, stderr } = await runCli(args(), { env });
      expect({ code, stdout }).toEqual({ code: 76, stdout: "" });
      expect(stderr).toContain("error [READ_BACK_FAILED]: Cannot read back");
      expect(stderr).toMatch(says);
    });
  });

  test("sync, for the image that it was", async () => {
    registry.faults = [faultFor((request) => /sync\/.*pause/.test(request.url ?? ""), mixUpTags())];
    const args = ["sync", "--from", registry.host, "--to", name("sync")];
    const { code, stdout } = await runCli([...args, "rancher/pause:3.1", "rancher/klipper-lb:v0.3.4"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /sync\/rancher\/pause:3.1: \[READ_BACK_FAILED\] .*\n.*\n\n2 images: 1 new, 0 unchanged, 1 failed/,
    );
  });
});
