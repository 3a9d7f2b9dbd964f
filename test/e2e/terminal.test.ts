import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { programCommand } from "../helpers/processes/program-command.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { openTerminal } from "../helpers/processes/tmux.ts";
import { type RecordingProxy, startRecordingProxy } from "../helpers/registries/recording-proxy.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const run = promisify(execFile);
const packaged = fileURLToPath(new URL("../../bin/airgap-load.js", import.meta.url));

/** Writes a command line to a script, which a terminal of any width can take. */
async function script(
  args: readonly string[],
  { command = programCommand }: { readonly command?: readonly string[] } = {},
): Promise<string> {
  const path = join(await makeTempFolder(), "go");
  const words = [...command, ...args].map((word) => `'${word}'`).join(" ");
  await writeFile(path, `#!/bin/bash\necho "pid $$."\nexec ${words}\n`);
  await chmod(path, 0o755);
  return path;
}

describeWith(findMissing("tmux", "bash", "mkfifo"), "what a terminal shows", () => {
  let registry: TestRegistry;
  let proxy: RecordingProxy;
  beforeEach(async () => {
    registry = await startTestRegistry();
    proxy = await startRecordingProxy(registry.host);
  });
  afterEach(async () => {
    await proxy.stop();
    await registry.stop();
  });

  const load = (): string[] => ["--registry", proxy.host, "--plain-http", ...k3sFlags("docker20", ["arm64"])];

  test.each([
    { columns: 60, later: 43 },
    { columns: 80, later: 61 },
    { columns: 200, later: 90 },
    { columns: 60, later: 140 },
  ])(
    "at $columns columns, and at $later from the middle of the run on, every warning is whole, and no bar is left",
    async ({ columns, later }) => {
      const held = proxy.holdUpload();
      const terminal = await openTerminal(columns);
      await terminal.type(`${await script(load())}; echo code $?.`, "Enter");
      await held;
      await terminal.see(/becomes [0-9a-f]{12}\n(?:.*\n)*.*uploading: .*blob/);
      expect(await terminal.modes()).toBe("1 1");
      await terminal.resize(later);
      proxy.release();
      await terminal.see("code 0.");
      const screen = await terminal.screen();
      expect(screen.match(/^warning: 3 images: .*, config repaired$/gm)).toHaveLength(1);
      expect(screen.match(/^ {2}rancher\/.* becomes [0-9a-f]{12}$/gm)).toHaveLength(3);
      expect(screen).toContain("8 images for ");
      expect(screen).not.toContain("uploading");
      expect(await terminal.modes()).toBe("1 1");
    },
  );

  test("Ctrl-Z leaves the shell a terminal as it was, and fg brings the bars back", async () => {
    const held = proxy.holdUpload();
    const terminal = await openTerminal(80);
    await terminal.type(`${await script(load())}; echo code $?.`, "Enter");
    await held;
    await terminal.see(/uploading: .*blob/);
    await terminal.type("C-z");
    await terminal.see("Stopped");
    await terminal.type("echo typed-$((40 + 2))", "Enter");
    await terminal.see("typed-42");
    expect(await terminal.modes()).toBe("1 1");
    expect(await terminal.screen()).not.toContain("uploading");
    await terminal.type("fg", "Enter");
    await terminal.see(/uploading: .*blob/);
    proxy.release();
    await terminal.see("8 images for ");
    const screen = await terminal.screen();
    expect(screen).toContain("Stopped");
    expect(screen).toContain("typed-42");
    expect(screen.match(/^ {2}rancher\/.* becomes [0-9a-f]{12}$/gm)).toHaveLength(3);
    expect(screen).not.toContain("uploading");
  });

  test("in the background it leaves the shell's screen alone", async () => {
    const held = proxy.holdUpload();
    const terminal = await openTerminal(80);
    await terminal.type(`${await script(load())} &`, "Enter");
    await held;
    await terminal.see(/becomes [0-9a-f]{12}/);
    await terminal.type("echo typed-$((40 + 2))", "Enter");
    await terminal.see("typed-42");
    expect(await terminal.screen()).not.toContain("uploading");
    proxy.release();
    await terminal.see("8 images for ");
  });

  const interrupted = /stopping cleanly; a second one[\s\S]*error \[INTERRUPTED\]: .*: 1 archive read, /;
  test.each([
    { end: "Ctrl-C", code: 130, told: interrupted },
    { end: "SIGTERM", code: 143, told: interrupted },
    { end: "SIGHUP", code: 129, told: interrupted },
    { end: "a bug of ours", code: 70, told: /^error \[INTERNAL\]: airgap-load met a bug of its own/m },
    { end: "a damaged archive", code: 65, told: /^error \[/m },
  ])("$end takes the bars away and leaves the terminal as it was", async ({ end, code, told }) => {
    const held = proxy.holdUpload();
    const terminal = await openTerminal(80);
    const isDamaged = end === "a damaged archive";
    const pipe = join(await makeTempFolder(), "rest");
    const args = [...load(), ...(isDamaged ? ["--amd64", pipe] : [])];
    if (isDamaged) await run("mkfifo", [pipe]);
    const bug = encodeURIComponent(`process.on("SIGUSR2", () => { throw Error("a bug"); })`);
    // Not even a bug can be had of a single executable from outside.
    const command = [process.execPath, "--import", `data:text/javascript,${bug}`, packaged];
    const go = await script(args, end === "a bug of ours" ? { command } : {});
    await terminal.type(`${go}; echo code $?.`, "Enter");
    await held;
    await terminal.see(/uploading: .*blob/);
    const [, pid = ""] = /^pid (\d+)\.$/m.exec(await terminal.screen()) ?? [];
    if (end === "Ctrl-C") await terminal.type("C-c");
    if (end.startsWith("SIG")) process.kill(Number(pid), end);
    if (end === "a bug of ours") process.kill(Number(pid), "SIGUSR2");
    if (isDamaged) await writeFile(pipe, "no archive");
    await terminal.see(`code ${code}.`);
    const screen = await terminal.screen();
    expect(screen).toMatch(told);
    expect(screen).not.toMatch(/uploading|\d of \d+ blob/);
    expect(await terminal.modes()).toBe("1 1");
  });

  test.each(["TERM=dumb", "CI=true"])(
    "with %s there are no bars, and a line for each image",
    async (variable) => {
      const held = proxy.holdUpload();
      const terminal = await openTerminal(80);
      await terminal.type(`${variable} ${await script(load())}; echo code $?.`, "Enter");
      await held;
      await terminal.see(/becomes [0-9a-f]{12}/);
      expect(await terminal.screen()).not.toMatch(/uploading: |░/);
      proxy.release();
      await terminal.see("code 0.");
      const screen = await terminal.screen();
      expect(screen.match(/^pushed .*\/rancher\/.* sha256:/gm)).toHaveLength(8);
      expect(screen).not.toMatch(/uploading: |░/);
    },
  );

  test("a sync has bars as well, which Ctrl-C takes away, and tells how far it came", async () => {
    const name = "rancher/pause:3.1";
    await runCli(["--registry", registry.host, ...k3sFlags("docker20", ["arm64"])]);
    const held = proxy.holdUpload();
    const terminal = await openTerminal(80);
    const to = ["--to", `${proxy.host}/copied`, "--from", registry.host];
    await terminal.type(`${await script(["sync", ...to, "busybox:1", name])}; echo code $?.`, "Enter");
    await held;
    await terminal.see(/uploading: .*blob/);
    await terminal.type("C-c");
    await terminal.see("code 130.");
    const screen = await terminal.screen();
    expect(screen).toMatch(/^error \[INTERRUPTED\]: .*: uploading: [01] of 2 images, /m);
    expect(screen).not.toContain("░");
    expect(await terminal.modes()).toBe("1 1");
  });

  test("a password is asked for, and what is typed is not shown", async () => {
    const terminal = await openTerminal(100);
    const args = ["--registry", registry.host, "--plain-http", "--username", "me"];
    const go = await script([...args, ...k3sFlags("docker20", ["arm64"])]);
    await terminal.type(`${go}; echo code $?.`, "Enter");
    await terminal.see("Password of me: ");
    await terminal.type("s3cret", "Enter");
    await terminal.see("code 0.");
    expect(await terminal.screen()).not.toContain("s3cret");
  });
});
