import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { runCommandLine } from "../../src/cli/main.ts";
import { k3sArchive, k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { createFakeTerminal, type FakeTerminalOptions } from "../helpers/processes/fake-terminal.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const archive = samplePath(k3sArchive("docker20", "arm64"));
const list = ["--image-list", samplePath("k3s8/k3s-images.txt")];

function inOrder(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

describe("where ten seconds go by at every turn, a piped run of", () => {
  let source: TestRegistry;
  let target: TestRegistry;
  let folder: string;
  beforeAll(async () => {
    [source, target] = await Promise.all([startTestRegistry(), startTestRegistry()]);
    folder = await mkdtemp(join(tmpdir(), "airgap-load-test-"));
    const flags = k3sFlags("docker20", ["arm64"]);
    await runCli(["--registry", source.host, ...flags]);
    await runCli(["--to", join(folder, "layout"), ...flags]);
  });
  afterAll(async () => {
    await Promise.all([source.stop(), target.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** All of standard error. */
  async function tellSlowly(args: readonly string[], options: FakeTerminalOptions = {}): Promise<string> {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const terminal = createFakeTerminal({ ...options, env: { TMPDIR: folder } });
    const over = new AbortController();
    const run = runCommandLine(["node", "airgap-load", ...args], terminal).finally(() => over.abort());
    while (!over.signal.aborted) {
      vi.advanceTimersByTime(10_000);
      // Bars are drawn anew, as after fg.
      if (options.isTTY) process.emit("SIGCONT", "SIGCONT");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect({ code: await run, stderr: terminal.written.stderr }).toMatchObject({ code: 0 });
    return terminal.written.stderr;
  }

  test("load tells bytes of archives, and images and blobs of the plan", async () => {
    const told = await tellSlowly(["--registry", target.host, "--no-cache", "--arm64", archive]);
    expect(told).toMatch(/^reading .*arm64\.tar\.gz: .* of .*/m);
    expect(told).toMatch(/uploading: \d of 8 images, \d+ of \d+ blobs, .* sent/);
  });

  test("a dry run tells the names that it has looked up", async () => {
    const told = await tellSlowly(["--dry-run", "--registry", source.host, "--arm64", archive]);
    expect(told).toMatch(/^checking: [1-8] of 8 names$/m);
  });

  test("load from standard input tells what is known", async () => {
    const input = createReadStream(archive);
    const told = await tellSlowly(["--registry", `${target.host}/piped`, "--arm64", "-"], { input });
    expect(told).toMatch(/^reading standard input: [\d.]+ k?B(?:;|$)/m);
  });

  test("verify tells names, and what it reads back of each", async () => {
    const told = await tellSlowly(["verify", source.host, "--no-cache", archive]);
    expect(told).toMatch(/^checking: \d of 8 names, .* of [\d.]+ MB, .*\/rancher\/[^;]*$/m);
  });

  test("copy tells the blobs of its image", async () => {
    const from = `docker://${source.host}/${k3sNames[0] ?? ""}`;
    const told = await tellSlowly(["copy", from, `docker://${target.host}/copied:1`]);
    expect(told).toMatch(/^uploading: \d+ of \d+ blobs, .* sent/m);
    const file = join(folder, "copy.tar");
    const written = await tellSlowly(["copy", from, `oci-archive:${file}`]);
    expect(written).toMatch(/^writing .*copy\.tar: \d+ of \d+ blobs, .* of .*/m);
    expect(written).toMatch(/^reading back .*copy\.tar: .* of .*/m);
    const back = await tellSlowly(["copy", `oci-archive:${file}`, `docker://${target.host}/copied:2`]);
    expect(back).toMatch(/^reading .*copy\.tar: .* of .*/m);
  });

  test("inspect tells how much of an archive it has read", async () => {
    expect(await tellSlowly(["inspect", "--no-cache", archive])).toMatch(
      /^reading .*arm64\.tar\.gz: .* of /m,
    );
  });

  test("sync tells images, and the blobs of those under way", async () => {
    const told = await tellSlowly([
      "sync",
      "--from",
      source.host,
      "--to",
      target.host,
      "--prefix",
      "s",
      ...list,
    ]);
    expect(told).toMatch(/^uploading: \d of 8 images, \d+ blobs?, .* sent/m);
  });

  test("save tells what it looks up, and the blobs that it writes", async () => {
    const file = join(folder, "saved.tar");
    const told = await tellSlowly(["save", "--from", source.host, ...list, "-o", file]);
    expect(told).toMatch(/^looking up images: \d of 8 images$/m);
    expect(told).toMatch(/^writing .*saved\.tar: \d+ of \d+ blobs, .* of .*/m);
  });

  test("ls, inventory and prune tell repositories, and what they look through in each", async () => {
    const place = `${target.host}/tidy`;
    await runCli(["--registry", place, ...k3sFlags("docker20", ["arm64"])]);
    const keep = join(folder, "keep.txt");
    await writeFile(keep, "rancher/pause:3.1\n");
    const through = /looking through the registry: [1-7] of 8 repositories/;
    const one =
      /looking through .*\/rancher\/\S+: \d of \d (?:tag|manifest)s?|looking through .*: \d manifests?/;
    for (const args of [
      ["ls", place],
      ["inventory", place, "-o", join(folder, "site.inv")],
      ["prune", place, "--keep-list", keep],
    ]) {
      const told = await tellSlowly(args);
      expect(told).toMatch(through);
      expect(told).toMatch(one);
    }
    expect(await tellSlowly(["tags", `${place}/rancher/pause`])).not.toContain("looking through");
    const told = await tellSlowly(["prune", place, "--keep-list", keep, "--yes"]);
    expect(told).toMatch(/deleting from the registry: \d+ of \d+ deletions/);
  });

  test("serve --verify and --collect-garbage tell what they look through", async () => {
    const serve = ["serve", "--data", join(folder, "layout")];
    expect(await tellSlowly([...serve, "--verify"])).toMatch(
      /^checking .*layout: \d+ of \d+ blobs, .* of .*/m,
    );
    expect(await tellSlowly([...serve, "--collect-garbage"])).toMatch(
      /^collecting garbage in .*layout: \d repositor(?:y|ies)$/m,
    );
  });

  test.each([
    { command: "load", bar: "uploading", noun: "blobs" },
    { command: "copy", bar: "uploading", noun: "blobs" },
    { command: "verify", bar: "checking", noun: "names" },
    { command: "save", bar: "writing .*", noun: "blobs" },
    { command: "serve", bar: "checking .*", noun: "blobs" },
  ])(
    "the bar of $command never goes back, and ends with all that there is",
    async ({ command, bar, noun }) => {
      const from = `docker://${source.host}/${k3sNames[1] ?? ""}`;
      const lines: Record<string, readonly string[]> = {
        load: ["--registry", `${target.host}/truth`, "--no-cache", "--arm64", archive],
        copy: ["copy", from, `docker://${target.host}/truth:1`],
        verify: ["verify", source.host, ...list],
        save: ["save", "--from", source.host, ...list, "-o", join(folder, "truth.tar")],
        serve: ["serve", "--data", join(folder, "layout"), "--verify"],
      };
      const told = await tellSlowly(lines[command] ?? [], { isTTY: true });
      const drawn = told.matchAll(new RegExp(`(\\d+)% ${bar}: .*?(\\d+) of (\\d+) ${noun}`, "g"));
      const steps = Array.from(drawn, ([, ...numbers]) => numbers.map(Number));
      const [shares, counts] = [steps.map(([share = 0]) => share), steps.map(([, count = 0]) => count)];
      expect(shares).toEqual(inOrder(shares));
      expect(counts).toEqual(inOrder(counts));
      expect(new Set(steps.map(([, , total]) => total)).size).toBe(1);
      const [share, count, total] = steps.at(-1) ?? [];
      expect([share, count]).toEqual([100, total]);
    },
  );
});
