import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Command } from "commander";
import type { Notice } from "../../../../src/content/notice.ts";
import { createProgram } from "../../../../src/cli/program.ts";
import { expect, onTestFinished, test } from "vitest";
import { k3sFlags } from "../../../helpers/archives/k3s-samples.ts";
import { samplePath } from "../../../helpers/archives/samples.ts";
import { createFakeTerminal } from "../../../helpers/processes/fake-terminal.ts";
import { type CliResult, runCli } from "../../../helpers/processes/run-cli.ts";
import { startTestRegistry } from "../../../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../../../helpers/temp-folder.ts";

const path = resolve(import.meta.dirname, "../../../../docs/airgap-load.schema.json");

/** The schema as it is shipped, but for keys that it does not name: here they are faults, so that it names all. */
async function compileSchema(): Promise<(document: unknown, ran: string) => void> {
  const close = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(close);
    if (typeof node !== "object" || node === null) return node;
    const closed = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
    return "properties" in node && "type" in node ? { additionalProperties: false, ...closed } : closed;
  };
  const { oneOf: _oneOf, ...schema } = close(JSON.parse(await readFile(path, "utf8"))) as {
    oneOf: unknown;
    $defs: Record<string, { properties?: { command?: { const?: string; enum?: string[] } } }>;
  };
  const nameOf = (command: string): string =>
    Object.entries(schema.$defs).find(([, { properties }]) => {
      const word = properties?.command;
      return word?.const === command || word?.enum?.includes(command);
    })?.[0] ?? "failure";
  return (document, ran) => {
    const { command = "" } = document as { command?: string };
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    const validate = ajv.compile({ ...schema, $ref: `#/$defs/${nameOf(command)}` });
    validate(document);
    expect([ran, validate.errors ?? []]).toEqual([ran, []]);
  };
}

/** What is given to the program, what it calls itself then, and what it ends with. */
type Run = readonly [command: string, code: number, args: readonly string[]];

/** Every command, in an order in which each finds what it needs. */
async function listRuns(host: string, other: string, folder: string): Promise<readonly Run[]> {
  const file = (name: string): string => join(folder, name);
  await writeFile(file("list.txt"), `${host}/rancher/pause:3.1\n`);
  const spec = (name: string): string =>
    `image: ${host}/spec/pause:1\ntags: [two]\nmanifests: [{ image: "${host}/rancher/pause:${name}" }]\n`;
  await writeFile(file("list.yaml"), `${spec("3.1-arm64")}---\n${spec("none")}`);
  const load = ["--registry", host, "--json", ...k3sFlags("docker20", ["arm64", "arm"])];
  const pause = `${host}/rancher/pause:3.1`;
  const list = ["--image-list", file("list.txt"), "--list-images", "--json"];
  const made = `${host}/made/pause:1`;
  const since = ["save", "--since", file("site.inv"), "-o", file("nothing.tar"), pause, "--json"];
  return [
    ["load", 0, [...load, "--dry-run"]],
    ["load", 0, [...load, "--report", file("report.json")]],
    ["load", 0, load],
    ["load", 1, [...load, "--require", "linux/s390x"]],
    ["load", 0, ["--to", file("data"), "--json", ...k3sFlags("docker20", ["arm64"])]],
    ["load --list-images", 0, [...list, "--registry", host]],
    ["load --print-config", 0, ["--print-config", "--output", "json"]],
    ["verify", 0, ["verify", host, ...k3sFlags("docker20", ["arm64"]), "--json"]],
    ["verify", 1, ["verify", `${host}/elsewhere`, "--image-list", file("list.txt"), "--json"]],
    ["verify --list-images", 0, ["verify", host, ...list]],
    ["inspect", 0, ["inspect", samplePath("k3s8/docker26/k3s-airgap-images-arm.tar.gz"), pause, "--json"]],
    [
      "inspect",
      0,
      ["inspect", samplePath("k3s8/docker26-containerd/k3s-airgap-images-arm.tar.gz"), "--json"],
    ],
    ["sync", 0, ["sync", "--to", other, "--json", pause]],
    ["sync", 0, ["sync", "--to", other, "--json", "--dry-run", `${pause}-arm64`]],
    ["sync", 1, ["sync", "--to", other, "--json", pause, `${host}/no/such:1`]],
    ["sync --list-images", 0, ["sync", "--to", other, ...list]],
    ["copy", 0, ["copy", `docker://${pause}`, `docker://${other}/copied:1`, "--json"]],
    ["copy", 0, ["copy", `docker://${pause}`, `oci-archive:${file("copied.tar")}`, "--json"]],
    ["save", 0, ["save", "-o", file("saved.tar"), pause, "--json"]],
    ["save", 0, ["save", "-o", file("parts.tar"), "--split", "600k", pause, "--json"]],
    ["save", 0, ["save", "-o", file("dry.tar"), pause, "--dry-run", "--json"]],
    ["save --list-images", 0, ["save", "-o", file("dry.tar"), ...list]],
    ["inventory", 0, ["inventory", host, "-o", file("site.inv"), "--json"]],
    ["save", 0, since],
    ["ls", 0, ["ls", host, "--all", "--json"]],
    ["tags", 0, ["tags", `${host}/rancher/pause`, "--json"]],
    ["manifest create", 0, ["manifest", "create", made, `${pause}-arm64`, `${pause}-arm`, "--json"]],
    ["manifest create", 0, ["manifest", "create", "--amend", made, `${pause}-arm64`, "--json"]],
    ["manifest annotate", 0, ["manifest", "annotate", made, `${pause}-arm64`, "--variant", "v8", "--json"]],
    ["manifest inspect", 0, ["manifest", "inspect", made, "--json"]],
    ["manifest inspect", 0, ["manifest", "inspect", made, `${pause}-arm64`, "--json"]],
    ["manifest inspect", 0, ["manifest", "inspect", pause, "--json"]],
    ["manifest push", 0, ["manifest", "push", made, "--json"]],
    ["manifest rm", 1, ["manifest", "rm", made, `${host}/none:1`, "--json"]],
    ["push-spec", 1, ["push-spec", file("list.yaml"), "--json"]],
    ["delete", 0, ["delete", `${host}/rancher/library-traefik:2.4.8`, "--json"]],
    ["prune", 0, ["prune", `${host}/rancher`, "--keep-list", file("list.txt"), "--yes", "--json"]],
    ["serve --verify", 0, ["serve", "--data", file("data"), "--verify", "--json"]],
    ["serve --collect-garbage", 0, ["serve", "--data", file("data"), "--collect-garbage", "--json"]],
    ["docs", 0, ["docs", "--json"]],
    ["docs", 0, ["docs", "json", "--json"]],
    ["", 64, ["load", "--no-such-option", "--json"]],
    ["", 64, ["completion", "ksh", "--json"]],
    ["", 66, ["inspect", file("absent.tar"), "--json"]],
  ];
}

test("everything that is printed as JSON is as the schema says, and the schema names all of it", async () => {
  const check = await compileSchema();
  const registry = await startTestRegistry();
  const other = await startTestRegistry();
  onTestFinished(async () => void (await Promise.all([registry.stop(), other.stop()])));
  const folder = await makeTempFolder();
  const env = { XDG_STATE_HOME: join(folder, "state"), AIRGAP_LOAD_NO_SUCH: "1" };
  const runs = await listRuns(registry.host, other.host, folder);
  for (const [command, code, args] of runs) {
    const result: CliResult = await runCli(args, { env });
    const ran = args.join(" ");
    expect([ran, result.code, result.stderr]).toEqual([ran, code, result.stderr]);
    const document = JSON.parse(result.stdout) as { command?: string; warnings: Notice[] };
    expect([ran, document.command ?? ""]).toEqual([ran, command]);
    check(document, ran);
    const told = linesOfNotices(result.stderr);
    expect([ran, told.filter((line) => !document.warnings.some((notice) => tells(line, notice)))]).toEqual([
      ran,
      [],
    ]);
    // What cannot be read as a command line has no variables either.
    const variables = code === 64 ? [] : [unknownVariable];
    expect([ran, told]).toEqual([ran, expect.arrayContaining(variables)]);
  }
  check(JSON.parse(await readFile(join(folder, "report.json"), "utf8")), "--report");
  const tried = new Set(runs.map(([command]) => command));
  expect(
    listCommands(createProgram(createFakeTerminal()).command).filter((name) => !tried.has(name)),
  ).toEqual(["serve", "man", "completion"]);
});

const unknownVariable = "warning: the variable AIRGAP_LOAD_NO_SUCH stands for no option";

function linesOfNotices(stderr: string): string[] {
  return stderr.split("\n").filter((line) => /^(?:note|warning): /.test(line));
}

/** Whether a line, by itself or as the head of what is told of several images, is of this notice. */
function tells(line: string, { severity, subject, text }: Notice): boolean {
  const [, word, told = ""] = /^(\w+): (?:\d+ images: )?(.*)$/.exec(line) ?? [];
  return word === severity && (told === `${subject}: ${text}` || text.startsWith(told));
}

/** All commands by the words that they are called by, `manifest push` among them. */
function listCommands(command: Command, words: readonly string[] = []): string[] {
  if (command.commands.length === 0) return [words.join(" ")];
  return command.commands.flatMap((child) => listCommands(child, [...words, child.name()]));
}

test("what a command could not do is told in the same names as what it did", async () => {
  const registry = await startTestRegistry();
  onTestFinished(() => registry.stop());
  const { host } = registry;
  const folder = await makeTempFolder();
  await runCli(["--registry", host, ...k3sFlags("docker20", ["arm64"])]);
  await writeFile(
    join(folder, "lists.yaml"),
    `image: ${host}/a:1\nmanifests: [{ image: "${host}/none:1" }]\n---\nimage: ${host}/b:1\nmanifests: [{ image: "${host}/rancher/pause:3.1" }]\n`,
  );
  const { code, stdout, stderr } = await runCli(["push-spec", join(folder, "lists.yaml"), "--json"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("error [IMAGE_NOT_FOUND]: ")]);
  expect(JSON.parse(stdout)).toMatchObject({
    changed: true,
    images: [
      { title: `${host}/a:1`, outcome: "failed", changed: false, error: { code: "IMAGE_NOT_FOUND" } },
      { title: `${host}/b:1`, outcome: "pushed", changed: true, platforms: [{ platform: "linux/arm64" }] },
    ],
    totals: { images: 2, pushed: 1, failed: 1 },
  });
});

test("`changed` tells a program whether anything is another one now, in every command that publishes", async () => {
  const registry = await startTestRegistry();
  const other = await startTestRegistry();
  onTestFinished(async () => void (await Promise.all([registry.stop(), other.stop()])));
  const load = ["--registry", registry.host, "--json", ...k3sFlags("docker20", ["arm64"])];
  const pause = `${registry.host}/rancher/pause:3.1`;
  const sync = ["sync", "--to", other.host, "--json", pause];
  const copy = ["copy", `docker://${pause}`, `docker://${other.host}/copied:1`, "--json"];
  const spec = ["push-spec", "--json", "--platforms", "linux/arm64", "--template", `${pause}-ARCH`];
  const push = [...spec, "--target", `${other.host}/made:1`];
  for (const args of [load, sync, copy, push]) {
    for (const changed of [true, false]) {
      const { stdout } = await runCli(args);
      const told = JSON.parse(stdout) as {
        changed: boolean;
        images: { changed: boolean; outcome: string }[];
      };
      expect([told.changed, told.images.some((image) => image.changed)]).toEqual([changed, changed]);
      expect(told.images[0]?.outcome).toBe(changed ? "pushed" : "unchanged");
    }
  }
});
