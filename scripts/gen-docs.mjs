// Writes docs/cli.md and man/airgap-load.1 from the program itself.
// usage: npm run gen-docs [-- --check]; --check writes nothing and fails where a file is not as it would be written
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeProgram } from "../dist/cli/completion/describe-program.js";
import { createProgram } from "../dist/cli/program.js";
import { formatManual } from "./docs/format-manual.mjs";
import { formatMarkdown } from "./docs/format-markdown.mjs";

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const { stdin, stdout, stderr } = process;
const { signal } = new AbortController();
const { command } = createProgram({ stdin, stdout, stderr, env: {}, signal });
const program = describeProgram(command);
const documents = {
  "docs/cli.md": formatMarkdown(program),
  "man/airgap-load.1": formatManual(program, command.version()),
};
for (const [name, text] of Object.entries(documents)) {
  const path = join(root, name);
  if (!values.check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (readText(path) !== text) {
    console.error(`${name} is not what the program says now: npm run gen-docs`);
    process.exitCode = 1;
  }
}

function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
