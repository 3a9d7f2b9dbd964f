import { describe, expect, test, vi } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";
import { readCredentials } from "../../../src/cli/registries/read-credentials.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";

/** The lines of --print-config that tell of these options, with one space between columns. */
async function printConfig(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  options: readonly string[],
): Promise<readonly string[]> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const terminal = { ...createFakeTerminal(), env };
  await createProgram(terminal).command.parseAsync(["node", "airgap-load", "--print-config", ...args]);
  const lines = terminal.written.stdout.split("\n").map((line) => line.replaceAll(/ +/g, " "));
  return lines.filter((line) => options.some((option) => line.startsWith(`${option} `)));
}

describe("options from the environment", () => {
  test("are taken where the command line does not give them", async () => {
    const env = { AIRGAP_LOAD_REGISTRY: "one:5000", AIRGAP_LOAD_CONCURRENCY: "7" };
    expect(await printConfig(env, ["--concurrency", "2"], ["--registry", "--concurrency"])).toEqual([
      "--registry one:5000 AIRGAP_LOAD_REGISTRY",
      "--concurrency 2 command line",
    ]);
  });

  test("are told as defaults where nothing gives them", async () => {
    expect(await printConfig({}, [], ["--on-existing", "--ca-file", "--strict"])).toEqual([
      "--on-existing merge default",
      "--ca-file default",
      "--strict no default",
    ]);
  });

  test.each(["1", "true", "yes"])("switch on with %s", async (value) => {
    expect(await printConfig({ AIRGAP_LOAD_NO_ARCH_TAGS: value }, [], ["--no-arch-tags"])).toEqual([
      "--no-arch-tags yes AIRGAP_LOAD_NO_ARCH_TAGS",
    ]);
  });

  test.each(["", "0", "false", "No", "off"])("do not switch on with %j", async (value) => {
    expect(await printConfig({ AIRGAP_LOAD_INSECURE: value }, [], ["--insecure"])).toEqual([
      "--insecure no default",
    ]);
  });

  test("hold several values one a line", async () => {
    const env = { AIRGAP_LOAD_RENAME: "a=b\n  c d=e\n" };
    expect(await printConfig(env, [], ["--rename"])).toEqual(["--rename a=b, c d=e AIRGAP_LOAD_RENAME"]);
  });

  test("are checked like those of the command line", async () => {
    await expect(printConfig({ AIRGAP_LOAD_OUTPUT: "xml" }, [], [])).rejects.toThrow(
      /AIRGAP_LOAD_OUTPUT.*table, json, digests/,
    );
  });

  test("do not reach serve, whose --plain-http means something else", async () => {
    vi.stubEnv("AIRGAP_LOAD_PLAIN_HTTP", "1");
    const { command } = createProgram(createFakeTerminal());
    const serve = command.commands.find((candidate) => candidate.name() === "serve");
    expect(serve?.options.filter((option) => option.envVar !== undefined)).toEqual([]);
  });

  test("are named where there is no such option", async () => {
    const lines = await printConfig({ AIRGAP_LOAD_REGISTY: "x" }, [], ["AIRGAP_LOAD_REGISTY"]);
    expect(lines).toEqual(["AIRGAP_LOAD_REGISTY is not read: there is no such option"]);
  });
});

describe("--print-config", () => {
  test("never shows a password", async () => {
    const terminal = { ...createFakeTerminal(), env: { AIRGAP_LOAD_PASSWORD: "hunter2" } };
    const args = ["--print-config", "--registry=http://me:hunter2@host", "--username=me@site"];
    await createProgram(terminal).command.parseAsync(["node", "airgap-load", ...args]);
    expect(terminal.written.stdout).not.toContain("hunter2");
    expect(terminal.written.stdout).toMatch(/--password-env +AIRGAP_LOAD_PASSWORD \(set, not shown\)/);
    expect(terminal.written.stdout).toMatch(/--registry +http:\/\/\*\*\*@host/);
    expect(terminal.written.stdout).toMatch(/--username +me@site/);
  });
});

describe("user name and password", () => {
  const defaults = { concurrency: 1, commitTimeout: 1, passwordEnv: "AIRGAP_LOAD_PASSWORD" };
  const env = { AIRGAP_LOAD_PASSWORD: "from the variable" };

  test("come from the variable", async () => {
    const terminal = { ...createFakeTerminal(), env };
    expect(await readCredentials({ ...defaults, username: "me" }, terminal)).toEqual({
      username: "me",
      password: "from the variable",
    });
  });

  test("come from standard input before the variable", async () => {
    const terminal = { ...createFakeTerminal({ input: "piped\n" }), env };
    expect(await readCredentials({ ...defaults, username: "me", passwordStdin: true }, terminal)).toEqual({
      username: "me",
      password: "piped",
    });
  });

  test("are not there where nothing is given", async () => {
    expect(await readCredentials(defaults, createFakeTerminal())).toBeUndefined();
  });

  test("given in place of a variable's name are not told", async () => {
    const flags = { ...defaults, username: "me", passwordEnv: "hunter2" };
    const error = await readCredentials(flags, createFakeTerminal()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ hint: expect.stringContaining("the variable that --password-env names") });
    expect(await printConfig({}, ["--password-env", "hunter2"], ["--password-env"])).toEqual([
      "--password-env not shown: no variable has that name command line",
    ]);
  });

  test("are refused where the variable is set and no name is given", async () => {
    await expect(readCredentials(defaults, { ...createFakeTerminal(), env })).rejects.toThrow(
      "AIRGAP_LOAD_PASSWORD is given without --username",
    );
  });
});
