import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { showDocument, showManual } from "../../../src/cli/docs/show-document.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const root = join(import.meta.dirname, "../../..");

describe("docs", () => {
  test("lists every document with what it is about", async () => {
    const terminal = createFakeTerminal();
    await showDocument(undefined, terminal);
    const files = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md"));
    const names = files.map((name) => basename(name, ".md"));
    for (const name of ["readme", ...names]) {
      expect(terminal.written.stdout).toMatch(new RegExp(`^${name} +\\S`, "m"));
    }
  });

  test.each([
    ["recipes", "docs/recipes.md"],
    ["README.md", "README.md"],
    ["Errors", "docs/errors.md"],
  ])("gives %s to a pipe as it is written", async (name, path) => {
    const terminal = createFakeTerminal();
    await showDocument(name, terminal);
    expect(terminal.written.stdout).toBe(await readFile(join(root, path), "utf8"));
  });

  test("proposes the document that was probably meant", async () => {
    await expect(showDocument("recipe", createFakeTerminal())).rejects.toMatchObject({
      code: "USAGE",
      exitCode: 64,
      hint: expect.stringMatching(/^Did you mean recipes\? There are: readme, .*errors/),
    });
  });
});

describe("on a terminal", () => {
  test("the user's pager shows it", async () => {
    const file = join(await makeTempFolder(), "paged");
    const terminal = createFakeTerminal({ isTTY: true, env: { PAGER: `cat > '${file}'`, TERM: "xterm" } });
    await showDocument("recipes", terminal);
    expect(await readFile(file, "utf8")).toBe(await readFile(join(root, "docs/recipes.md"), "utf8"));
    expect(terminal.written.stdout).toBe("");
  });

  test.each([
    ["that turns no pages", { TERM: "dumb", PAGER: "false" }],
    ["where no pager is there", { TERM: "xterm", PAGER: "airgap-load-no-such-pager", PATH: "/nowhere" }],
  ])("%s it is written out", async (_, env) => {
    const terminal = createFakeTerminal({ isTTY: true, env });
    await showDocument("recipes", terminal);
    expect(terminal.written.stdout).toContain("# Recipes");
  });
});

describe("man", () => {
  test("gives a pipe the page in the form of man(7), with all its sections", async () => {
    const terminal = createFakeTerminal();
    await showManual(terminal);
    expect(terminal.written.stdout).toBe(await readFile(join(root, "man/airgap-load.1"), "utf8"));
    for (const section of ["SYNOPSIS", "SERVE", "ENVIRONMENT", "FILES", "EXIT STATUS"]) {
      expect(terminal.written.stdout).toContain(`\n.SH ${section}\n`);
    }
  });

  test("shows the options where there is no man", async () => {
    const terminal = createFakeTerminal({ isTTY: true, env: { TERM: "dumb", PATH: "/nowhere" } });
    await showManual(terminal);
    expect(terminal.written.stdout).toContain("# Command line");
  });
});
