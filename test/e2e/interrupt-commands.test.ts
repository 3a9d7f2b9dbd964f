import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runCommandLine } from "../../src/cli/main.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { createFakeTerminal } from "../helpers/processes/fake-terminal.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { requestsFor } from "../helpers/registries/registry-faults.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const list = ["--image-list", samplePath("k3s8/k3s-images.txt")];
const fullNames = k3sNames.map((name) => `docker.io/${name}`);

interface Stopped {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ends a run as SIGINT does when a registry gets a request of a kind for the nth time. */
async function stopAt(
  registry: TestRegistry,
  kind: keyof typeof requestsFor,
  nth: number,
  args: readonly string[],
): Promise<Stopped> {
  const stop = new AbortController();
  let seen = 0;
  registry.faults = [
    (handler) => (request, response) => {
      if (requestsFor[kind](request) && ++seen === nth) stop.abort(new Error("SIGINT"));
      return handler(request, response);
    },
  ];
  const terminal = createFakeTerminal({ signal: stop.signal });
  const code = await runCommandLine(["node", "airgap-load", ...args], terminal);
  return { code, ...terminal.written };
}

async function readNames(path: string): Promise<string[]> {
  return (await readFile(path, "utf8")).trim().split("\n");
}

describe("a run that a signal ends says how far it came:", () => {
  let source: TestRegistry;
  let target: TestRegistry;
  let folder: string;
  beforeAll(async () => {
    [source, target] = await Promise.all([startTestRegistry(), startTestRegistry()]);
    folder = await mkdtemp(join(tmpdir(), "airgap-load-test-"));
    await runCli(["--registry", source.host, ...k3sFlags("docker20", ["arm64"])]);
    await runCli(["--to", join(folder, "layout"), ...k3sFlags("docker20", ["arm64"])]);
  });
  afterEach(() => {
    source.faults = [];
    target.faults = [];
  });
  afterAll(async () => {
    await Promise.all([source.stop(), target.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  test("sync, with the images that are not there yet in its failed list", async () => {
    const failed = join(await makeTempFolder(), "failed.txt");
    const args = ["sync", "--from", source.host, "--to", target.host, "--failed-list", failed, ...list];
    const { code, stderr } = await stopAt(target, "commit", 8, args);
    expect(code).toBeUndefined();
    expect(stderr).toMatch(
      /^error \[INTERRUPTED\]: Cannot go on, a signal ended the run: uploading: \d of 8 images, \d+ blobs?, .* sent/m,
    );
    const names = await readNames(failed);
    expect(fullNames).toEqual(expect.arrayContaining(names));
    expect(names.length).toBeGreaterThan(0);
    for (const name of k3sNames.filter((each) => !names.includes(`docker.io/${each}`))) {
      const [repository = "", tag = ""] = name.split(":");
      expect(await target.readTag(repository, tag)).toBeDefined();
    }
  });

  test("verify, with the images that are not found sound yet in its failed list", async () => {
    const failed = join(await makeTempFolder(), "failed.txt");
    const args = ["verify", source.host, "--failed-list", failed, ...list];
    const { stderr } = await stopAt(source, "blobGet", 1, args);
    expect(stderr).toMatch(
      /^error \[INTERRUPTED\]: .* ended the run: checking: 0 of 8 names, 0 B(?: of .*)?\nNothing was changed\./m,
    );
    expect(await readNames(failed)).toEqual(fullNames);
  });

  test("ls, inventory and prune, with the repositories that they have looked through", async () => {
    const file = join(await makeTempFolder(), "site.inv");
    const keep = ["--keep-list", samplePath("k3s8/k3s-images.txt")];
    for (const args of [
      ["ls", source.host],
      ["inventory", source.host, "-o", file],
      ["prune", `${source.host}/rancher`, ...keep, "--yes"],
    ]) {
      const { stdout, stderr } = await stopAt(source, "manifestRead", 12, args);
      expect([args[0], stdout, stderr]).toEqual([
        args[0],
        "",
        expect.stringMatching(/INTERRUPTED\]: .* ended the run: looking through the registry: [1-7] of 8 /),
      ]);
    }
  });

  test("copy and save, which leave no file by half", async () => {
    const to = await makeTempFolder();
    const from = `docker://${source.host}/${k3sNames[0] ?? ""}`;
    const copied = await stopAt(target, "commit", 2, ["copy", from, `docker://${target.host}/new:1`]);
    expect(copied.stderr).toMatch(/^error \[INTERRUPTED\]: .*: uploading: \d+ of \d+ blobs, .* sent/m);
    const file = join(to, "saved.tar");
    const saved = await stopAt(source, "blobGet", 12, ["save", "--from", source.host, ...list, "-o", file]);
    expect(saved.stderr).toMatch(/^error \[INTERRUPTED\]: .*: writing .*saved\.tar: \d+ of \d+ blobs, /m);
    expect(await readdir(to)).toEqual([]);
  });

  test("for a program that asked for JSON in JSON, with the signal's exit code", async () => {
    const args = ["sync", "--from", source.host, "--to", `${target.host}/json`, "--json", ...list];
    const { stdout } = await stopAt(target, "commit", 1, args);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "INTERRUPTED", message: expect.stringContaining("uploading: "), exitCode: 130 },
    });
  });
});
