import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import type { LoadFlags } from "../../src/cli/options/load-flags.ts";
import { readPlanOptions } from "../../src/archive-options.ts";
import { readLoadOptions } from "../../src/cli/load/load-options.ts";
import { listArchives, readDestination } from "../../src/cli/options/load-request.ts";
import { runCommandLine } from "../../src/cli/main.ts";
import { createProgram } from "../../src/cli/program.ts";
import { AirgapError } from "../../src/oci/airgap-error.ts";
import type { PlanOptions } from "../../src/transfer/plan/plan.ts";
import { createFakeTerminal } from "../helpers/processes/fake-terminal.ts";

interface Parsed {
  readonly files: readonly string[];
  readonly flags: LoadFlags;
}

/** What the main job would be started with. */
async function parse(...args: string[]): Promise<Parsed> {
  const { command } = createProgram(createFakeTerminal());
  let parsed: Parsed | undefined;
  command.commands
    .find((candidate) => candidate.name() === "load")
    ?.action((files: readonly string[], flags: LoadFlags) => {
      parsed = { files, flags };
    });
  await command.parseAsync(["node", "airgap-load", ...args]);
  if (!parsed) throw new Error("load was not started");
  return parsed;
}

/** Runs the program in this process: what it ends with and what it writes. */
async function run(
  ...args: string[]
): Promise<{ code: string; message: string; hint?: string | undefined; stderr: string; stdout: string }> {
  const terminal = createFakeTerminal();
  const error: unknown = await createProgram(terminal)
    .command.parseAsync(["node", "airgap-load", ...args])
    .catch((cause: unknown) => cause);
  if (!(error instanceof CommanderError) && !(error instanceof AirgapError)) throw error;
  const hint = error instanceof AirgapError && error.hint !== undefined ? { hint: error.hint } : {};
  return { code: error.code, message: error.message, ...hint, ...terminal.written };
}

async function planOptions(flags: LoadFlags, prefix = ""): Promise<PlanOptions> {
  const destination = { host: "h", prefix };
  return readPlanOptions(await readLoadOptions([], destination, flags, createFakeTerminal()));
}

describe("the main job's command line", () => {
  test("what is settled where nothing is asked for", async () => {
    const { files, flags } = await parse("a.tar");
    expect(files).toEqual(["a.tar"]);
    expect(flags).toMatchObject({
      platformPolicy: "verify",
      fixConfig: "auto",
      onExisting: "merge",
      archTag: "{tag}-{platform}",
      archTags: "auto",
      concurrency: 3,
      layerCompression: "gzip",
      output: "table",
      progress: true,
      require: [],
    });
    expect(await planOptions(flags, "k3s")).toEqual({
      policy: "verify",
      fixConfig: "auto",
      foldArch: false,
      imagePlatforms: new Map(),
      names: new Map(),
      renames: [],
      prefix: "k3s",
      keepHost: false,
      allowMissing: false,
      archTag: "{tag}-{platform}",
      dropAttestations: false,
      alwaysList: false,
    });
  });

  test("the command may be named", async () => {
    expect((await parse("load", "--strict", "a.tar")).files).toEqual(["a.tar"]);
  });

  test("options become those of the plan", async () => {
    const id = "0123456789ab";
    const { flags } = await parse(
      "--platform-policy=flag",
      "--fix-config=never",
      "--image-platform=busybox:1=arm64",
      `--image-platform=${id}=linux/arm/v6`,
      `--name=sha256:${id}=x/y:1`,
      "--rename=a=b",
      "--rename=quay.io/*=q/*",
      "--keep-host",
      "--allow-missing",
      "--no-arch-tags",
      "--drop-attestations",
      "a.tar",
    );
    const options = await planOptions(flags);
    expect(options).toMatchObject({
      policy: "flag",
      fixConfig: "never",
      imagePlatforms: new Map([
        ["docker.io/library/busybox:1", { os: "linux", architecture: "arm64" }],
        [id, { os: "linux", architecture: "arm", variant: "v6" }],
      ]),
      names: new Map([[`sha256:${id}`, "docker.io/x/y:1"]]),
      renames: [{ text: "a=b" }, { text: "quay.io/*=q/*" }],
      keepHost: true,
      allowMissing: true,
      dropAttestations: true,
    });
    expect(options.archTag).toBeUndefined();
  });

  test("--require takes lists and may be repeated", async () => {
    const { flags } = await parse("--require", "linux/amd64, arm64", "--require=linux/arm/v7", "a.tar");
    expect(flags.require).toEqual(["linux/amd64", "arm64", "linux/arm/v7"]);
  });

  test("archives with their platforms, flags in any order", async () => {
    const { files, flags } = await parse(
      "bare.tar",
      "--arm",
      "arm.tar",
      "--386=i386.tar",
      "--amd64",
      "1.tar",
      "--amd64",
      "2.tar",
      "--archive",
      "linux/arm/v6=v6=.tar",
      "--archive",
      "windows(10.0.1)/amd64=win.tar",
      "-",
    );
    expect(listArchives(files, flags)).toEqual([
      { path: "1.tar", platform: "linux/amd64" },
      { path: "2.tar", platform: "linux/amd64" },
      { path: "arm.tar", platform: "linux/arm" },
      { path: "i386.tar", platform: "linux/386" },
      { path: "v6=.tar", platform: "linux/arm/v6" },
      { path: "win.tar", platform: "windows(10.0.1)/amd64" },
      { path: "bare.tar" },
      { path: "-" },
    ]);
  });

  test.each([
    [["--registry", "192.168.2.23:5000"], "192.168.2.23:5000", ""],
    [["--registry", "harbor.site/k3s"], "harbor.site", "k3s"],
    [["--registry", "harbor.site/k3s/", "--prefix", "/x//y/"], "harbor.site", "k3s/x/y"],
    [["--registry", "http://localhost:5000/a/b"], "http://localhost:5000", "a/b"],
    [["--registry", "https://[::1]:5000"], "https://[::1]:5000", ""],
    [["--to", "/srv/images", "--prefix", "/x/"], "registry", "x"],
    [["--dry-run", "--offline", "--prefix", "x/"], "registry", "x"],
    [["--dry-run", "--offline", "--registry", "h/x"], "h", "x"],
  ])("%j goes to %s under %j", async (args, host, prefix) => {
    const { flags } = await parse(...args, "a.tar");
    expect(readDestination(flags)).toEqual({ host, prefix });
  });
});

describe("usage errors", () => {
  const registry = "--registry=127.0.0.1:1";

  test.each([
    [
      ["--amd46", "a.tar"],
      "unknown option '--amd46'",
      "Did you mean --amd64? All options: airgap-load --help",
    ],
    [["--amd64"], "argument missing", "All options: airgap-load --help"],
    [["--on-existing", "keep", "a.tar"], "Allowed choices are merge, replace, fail", ""],
    [["--concurrency", "0", "a.tar"], "want a whole number, at least 1", ""],
    [["--concurrency", "1e3", "a.tar"], "want a whole number, at least 1", ""],
    [["--compression-level", "10", "a.tar"], "want a number from 1 to 9", ""],
    [["--limit-rate", "fast", "a.tar"], "such as 500k or 20M", ""],
    [["serve"], "required option '--data <folder>' not specified", "airgap-load serve --help"],
    [["load", "--amd46"], "unknown option", "airgap-load --help"],
    [["manifest", "create"], "missing required argument", "airgap-load manifest create --help"],
    [
      ["--registry=a:5000", "--registry", "b:5000", "a.tar"],
      "--registry is given twice",
      'for registry in a:5000 b:5000; do airgap-load --registry "$registry" ARCHIVE...; done',
    ],
    [["--registry=me:secret@a", "--registry=b", "a.tar"], "--registry is given twice", "in ***@a b;"],
    [["save", "-o", "a.tar", "--output", "a.tar", "busybox"], "--output is given twice", "one value"],
    [["manifest", "annotate", "l", "i", "--os=a", "--os=b"], "--os is given twice", "leave one of them out"],
  ])("%j, in the grammar of errors", async (args, message, hint) => {
    const result = await run(...args);
    expect(result).toMatchObject({ code: "USAGE", stdout: "", stderr: "" });
    expect(result.message).toContain("Cannot read the command line: ");
    expect(result.message).toContain(message);
    expect(result.hint).toContain(hint);
  });

  test.each([
    [["laod"], "neither a command nor a file", "Did you mean load? airgap-load --help"],
    [["publish"], "neither a command nor a file", "airgap-load --help lists the commands"],
    [["a.tar", "inspct"], 'Cannot run "inspct"', "Did you mean inspect?"],
    [[], "no archive is given", "airgap-load --help"],
    [[registry], "no archive is given", "--arm64"],
    [["a.tar"], "no registry is given", "--registry HOST"],
    [["--registry=a b", "a.tar"], '"a b" is not a host', ""],
    [["--registry=me:secret@host", "a.tar"], '"***@host" is not a host', "--username"],
    [["--registry=127.0.0.1:99999", "a.tar"], '"127.0.0.1:99999" is not a host', "65535"],
    [["--registry=10.0.0.256", "a.tar"], '"10.0.0.256" is not a host', "address"],
    [["--registry=h:5000/v2/", "a.tar"], "/v2 is the path of its interface", "--prefix"],
    [["--registry=http://", "a.tar"], "no registry is given", "--registry HOST"],
    [[registry, "--to=/x", "a.tar"], "--to and --registry are both given", ""],
    [[registry, "--offline", "a.tar"], "Cannot load with --offline alone", "--dry-run"],
    [[registry, "-", "--amd64", "-"], "Cannot read standard input twice", ""],
    [
      [registry, "-", "--password-stdin"],
      "both an archive and a password from standard input",
      "docker login",
    ],
    [[registry, "--archive=a.tar"], 'Cannot read --archive "a.tar": want PLATFORM=FILE', ""],
    [[registry, "--archive=linux/arm=", "a.tar"], "want PLATFORM=FILE", ""],
    [[registry, "--archive=arm/v6=a.tar"], 'Cannot read platform "arm/v6"', "linux/arm/v7"],
    [[registry, "--image-platform=a:1", "a.tar"], "want NAME=PLATFORM", ""],
    [[registry, "--image-platform=A B=arm64", "a.tar"], "Cannot read image name", ""],
    [[registry, "--name=short=a:1", "a.tar"], "want at least 12 hex digits", ""],
    [[registry, "--rename=a", "a.tar"], "want FROM=TO", "quay.io"],
    [[registry, "--username=me", "a.tar"], "--username is given without a password", "AIRGAP_LOAD_PASSWORD"],
    [[registry, "--username=me:hunter2", "a.tar"], "Cannot take a password from the command line, where", ""],
    [[registry, "--print-config", "--username=me:hunter2"], "Cannot take a password from the command", ""],
    [
      ["copy", "docker://a.b/c:1", "docker://d.e/c:1", "--src-username=me:hunter2"],
      "Cannot take a password from the command line",
      "",
    ],
    [[registry, "--password-stdin", "a.tar"], "--password-stdin is given without --username", ""],
    [[registry, "--cert=a.pem", "a.tar"], "--cert and --key go together", ""],
    [
      [registry, "--dry-run", "--offline", "--require=linux", "a.tar"],
      'Cannot read platform "linux"',
      "linux/amd64",
    ],
  ])("%j", async (args, message, hint) => {
    const result = await run(...args);
    expect(result.message).toContain(message);
    expect(result.message).not.toContain("hunter2");
    expect(result.stdout).toBe("");
    expect(result.hint ?? "").toContain(hint);
  });

  test("what may be given more than once is taken each time", async () => {
    const { flags } = await parse(
      "--amd64=a.tar",
      "--amd64=b.tar",
      "--rename=a=b",
      "--rename=c=d",
      "--strict",
      "--strict",
    );
    expect(flags).toMatchObject({ amd64: ["a.tar", "b.tar"], rename: ["a=b", "c=d"], strict: true });
  });

  test("what an error says, as a person and as a program read it", async () => {
    const terminal = createFakeTerminal();
    const argv = ["node", "airgap-load", "--json", registry, "--name=x=y", "a.tar"];
    expect(await runCommandLine(argv, terminal)).toBe(64);
    const message = 'Cannot read --name "x=y": want at least 12 hex digits of the image ID before the =';
    expect(terminal.written.stderr).toBe(`error [USAGE]: ${message}\n`);
    expect(JSON.parse(terminal.written.stdout)).toEqual({
      version: 1,
      error: { code: "USAGE", message, exitCode: 64 },
      warnings: [],
    });
  });

  test("a program is told what the parser refuses, whatever the command", async () => {
    const terminal = createFakeTerminal();
    const argv = ["node", "airgap-load", "verify", "--json", "--amd46", "a.tar"];
    expect(await runCommandLine(argv, terminal)).toBe(64);
    expect(JSON.parse(terminal.written.stdout)).toMatchObject({ error: { code: "USAGE", exitCode: 64 } });
  });

  test("a program is told of a bug of ours as of any error", async () => {
    const broken = new Proxy<NodeJS.ProcessEnv>(
      {},
      {
        get(_env, name) {
          if (name === "XDG_STATE_HOME") throw new TypeError("no such thing");
          return undefined;
        },
      },
    );
    const terminal = { ...createFakeTerminal(), env: broken };
    expect(await runCommandLine(["node", "airgap-load", "manifest", "rm", "a:1", "--json"], terminal)).toBe(
      70,
    );
    expect(terminal.written.stderr).toContain("error [INTERNAL]: ");
    expect(JSON.parse(terminal.written.stdout)).toEqual({
      version: 1,
      warnings: [],
      error: { code: "INTERNAL", message: "no such thing", exitCode: 70 },
    });
  });

  test.for([
    ["SIGINT", 130],
    ["SIGHUP", 129],
    ["SIGTERM", 143],
  ] as const)("a program is told in the same form that %s ended a run", async ([signal, exitCode]) => {
    const terminal = { ...createFakeTerminal(), signal: AbortSignal.abort(new Error(signal)) };
    expect(await runCommandLine(["node", "airgap-load", "ls", "127.0.0.1:9", "--json"], terminal)).toBe(
      undefined,
    );
    expect(JSON.parse(terminal.written.stdout)).toMatchObject({ error: { code: "INTERRUPTED", exitCode } });
  });
});

test.each([
  { env: {}, isTTY: true, isColoured: true },
  { env: {}, isTTY: false, isColoured: false },
  { env: { NO_COLOR: "1" }, isTTY: true, isColoured: false },
  { env: { NO_COLOR: "1", FORCE_COLOR: "1" }, isTTY: true, isColoured: false },
  { env: { FORCE_COLOR: "1" }, isTTY: false, isColoured: true },
  { env: { FORCE_COLOR: "0" }, isTTY: true, isColoured: false },
  { env: { TERM: "dumb" }, isTTY: true, isColoured: false },
])("an error is red: $isColoured, on a terminal: $isTTY, with $env", async ({ env, isTTY, isColoured }) => {
  const terminal = createFakeTerminal({ env, isTTY });
  await runCommandLine(["node", "airgap-load", "--no-such"], terminal);
  const { stderr } = terminal.written;
  expect(stderr.startsWith(isColoured ? "\u{1b}[31merror\u{1b}[0m [USAGE]: " : "error [USAGE]: ")).toBe(true);
});

describe("help", () => {
  test("--help tells the commands and the main job's options", async () => {
    const { stdout, code } = await run("--help");
    expect(code).toBe("commander.helpDisplayed");
    for (const word of ["inspect", "serve", "--amd64", "--on-existing", "--registry", "Exit codes"]) {
      expect(stdout).toContain(word);
    }
  });

  test("--version tells the package's", async () => {
    expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });
});
