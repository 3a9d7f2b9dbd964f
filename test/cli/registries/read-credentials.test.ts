import { describe, expect, test } from "vitest";
import { readCredentials } from "../../../src/cli/registries/read-credentials.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";
import { runCli } from "../../helpers/processes/run-cli.ts";

const flags = { username: "me", concurrency: 3, commitTimeout: 1800 };

describe("a password", () => {
  test("comes through a pipe without the mark that PowerShell puts in front", async () => {
    const terminal = createFakeTerminal({ input: "\u{feff}s3cret\r\n" });
    expect(await readCredentials({ ...flags, passwordStdin: true }, terminal)).toEqual({
      username: "me",
      password: "s3cret",
    });
  });

  test("cannot be asked for where there is no terminal", async () => {
    await expect(readCredentials({ ...flags, password: true }, createFakeTerminal())).rejects.toMatchObject({
      code: "USAGE",
      message: "Cannot ask for a password: there is no terminal",
      hint: expect.stringContaining("--password-stdin"),
    });
  });

  test("is not taken from the command line, and not repeated", async () => {
    for (const typed of [["--password", "s3cret"], ["--password=s3cret"]]) {
      const { code, stderr } = await runCli(["--registry", "a.site", "--username", "me", ...typed, "a.tar"]);
      expect([code, stderr.includes("s3cret")]).toEqual([64, false]);
      expect(stderr).toContain("Cannot take a password from the command line");
    }
  });
});
