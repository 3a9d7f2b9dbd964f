import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseCommandLine } from "../helpers/processes/parse-command-line.ts";

const root = resolve(import.meta.dirname, "../..");
const documents = ["README.md", "docs/recipes.md", "docs/serve.md", "docs/cli.md"];

/** What follows `airgap-load` in the indented lines of a document, up to a pipe, a redirection or a remark. */
function listCommandLines(document: string): string[] {
  const text = readFileSync(join(root, document), "utf8").replaceAll(/\\\n\s*/g, "");
  const lines = text.split("\n").filter((line) => /^ {2,}\S/.test(line));
  return lines
    .flatMap((line) => /(?:^ +|[|] )airgap-load (.+)$/.exec(line)?.[1] ?? [])
    .map((rest) => rest.replace(/ (?:[|<>]| ) ?.*$/, ""))
    .filter((rest) => !/\.\.\.|\[options\]/.test(rest));
}

/** Words as a shell has them, single quotes taken off. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
}

describe.each(documents)("the command lines of %s", (document) => {
  test.each([...new Set(listCommandLines(document))])("airgap-load %s", async (line) => {
    await expect(parseCommandLine(splitWords(line))).resolves.toBeDefined();
  });
});

test("the playbook's command line can be read", async () => {
  const [play] = parse(readFileSync(join(root, "samples/runbooks/load-images.yaml"), "utf8"));
  const commands = play.tasks.flatMap(
    (task: Record<string, unknown>) => task["ansible.builtin.command"] ?? [],
  );
  expect(commands).toHaveLength(1);
  const [program, ...words] = commands[0].argv as string[];
  expect(program).toBe("airgap-load");
  expect(await parseCommandLine(words.map((word) => word.replaceAll(/\{\{.*?\}\}/g, "value")))).toBe("load");
});

test.each([
  ["load-job.yaml", "load"],
  ["load-sharded.yaml", "load"],
  ["serve.yaml", "serve"],
  ["verify-cronjob.yaml", "verify"],
])("the command lines of %s can be read, and what their variables stand for", async (name, command) => {
  const documents = parseAllDocuments(readFileSync(join(root, "samples/runbooks", name), "utf8"));
  const templates = documents.flatMap((document) => {
    const { spec } = document.toJS();
    return spec.jobTemplate?.spec.template ?? spec.template ?? [];
  });
  expect(templates.length).toBeGreaterThan(0);
  for (const { spec } of templates) {
    const [{ args, env = [], volumeMounts }] = spec.containers;
    const options = env
      .map((variable: { name: string }) => variable.name)
      .filter((variable: string) => variable !== "AIRGAP_LOAD_PASSWORD")
      .map(
        (variable: string) =>
          `--${variable.slice("AIRGAP_LOAD_".length).toLowerCase().replaceAll("_", "-")}=value`,
      );
    expect(await parseCommandLine([...args, ...options])).toBe(command);
    expect(spec.volumes.map((volume: { name: string }) => volume.name)).toEqual(
      volumeMounts.map((mount: { name: string }) => mount.name),
    );
  }
});
