import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addRegistryOptions, type RegistryFlags } from "../../../src/cli/options/registry-options.ts";
import { RegistryPool } from "../../../src/cli/registries/registry-pool.ts";
import {
  addSourceRegistryOptions,
  readSourceFlags,
} from "../../../src/cli/options/source-registry-options.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";

function parseFlags(...args: readonly string[]): RegistryFlags {
  const command = new Command();
  addRegistryOptions(command);
  addSourceRegistryOptions(command);
  return command.parse(["node", "test", ...args]).opts<RegistryFlags & Record<string, unknown>>();
}

function openPool(flags: RegistryFlags): RegistryPool {
  const terminal = createFakeTerminal({ input: "secret" });
  return new RegistryPool({ flagsFor: () => flags, terminal, onNotice: () => undefined });
}

describe("RegistryPool", () => {
  test("opens each registry once, and one repository of it by one name", async () => {
    await using pool = openPool(parseFlags());
    expect(await pool.store("a:5000")).toBe(await pool.store("a:5000"));
    const repository = await pool.repository({ host: "b:5000", repository: "app" });
    expect(repository).toBe((await pool.store("b:5000")).repository("app"));
  });

  test("gives a password to one registry, not to whichever comes next", async () => {
    await using pool = openPool(parseFlags("--username", "me", "--password-stdin"));
    await pool.store("a:5000");
    expect(() => pool.store("b:5000")).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining("a:5000 and b:5000") }),
    );
  });
});

describe("readSourceFlags", () => {
  const args = ["--plain-http", "--ca-file", "ca.pem", "--src-tls-no-verify", "--src-username", "me"];
  const shared = { concurrency: 3, commitTimeout: 1800 };

  test("takes what is meant for the source, and what holds for the whole run", () => {
    expect(readSourceFlags(parseFlags(...args), false)).toMatchObject({
      ...shared,
      tlsNoVerify: true,
      username: "me",
      plainHttp: undefined,
      caFile: undefined,
    });
  });

  test("takes everything where the source is the only registry", () => {
    expect(readSourceFlags(parseFlags(...args), true)).toMatchObject({
      ...shared,
      tlsNoVerify: true,
      username: "me",
      plainHttp: true,
      caFile: "ca.pem",
    });
  });
});
