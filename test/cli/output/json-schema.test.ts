import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, onTestFinished, test } from "vitest";
import { k3sFlags } from "../../helpers/archives/k3s-samples.ts";
import { samplePath } from "../../helpers/archives/samples.ts";
import { type CliResult, runCli } from "../../helpers/processes/run-cli.ts";
import { startTestRegistry } from "../../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const path = resolve(import.meta.dirname, "../../../docs/airgap-load.schema.json");

/** The schema as it is shipped, but for keys that it does not name: here they are faults, so that it names all. */
async function compileSchema(): Promise<(document: unknown) => void> {
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
  return (document) => {
    const { command = "" } = document as { command?: string };
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    const validate = ajv.compile({ ...schema, $ref: `#/$defs/${nameOf(command)}` });
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  };
}

test("everything that is printed as JSON is as the schema says, and the schema names all of it", async () => {
  const check = await compileSchema();
  const registry = await startTestRegistry();
  const other = await startTestRegistry();
  onTestFinished(async () => void (await Promise.all([registry.stop(), other.stop()])));
  const { host } = registry;
  const folder = await makeTempFolder();
  const list = join(folder, "list.txt");
  await writeFile(list, `${host}/rancher/pause:3.1\n`);
  const report = join(folder, "report.json");
  const load = ["--registry", host, "--json", ...k3sFlags("docker20", ["arm64", "arm"])];
  const pause = `docker://${host}/rancher/pause:3.1`;
  const runs: readonly (readonly [string, number, readonly string[]])[] = [
    ["load", 0, [...load, "--dry-run"]],
    ["load", 0, [...load, "--report", report]],
    ["load", 0, load],
    ["load", 1, [...load, "--require", "linux/s390x"]],
    ["verify", 0, ["verify", host, ...k3sFlags("docker20", ["arm64"]), "--json"]],
    ["verify", 1, ["verify", `${host}/elsewhere`, "--image-list", list, "--json"]],
    ["inspect", 0, ["inspect", samplePath("k3s8/docker26/k3s-airgap-images-arm.tar.gz"), pause, "--json"]],
    ["sync", 0, ["sync", "--to", other.host, "--json", `${host}/rancher/pause:3.1`]],
    ["sync", 1, ["sync", "--to", other.host, "--json", `${host}/rancher/pause:3.1`, `${host}/no/such:1`]],
    ["copy", 0, ["copy", pause, `docker://${other.host}/copied:1`, "--json"]],
    ["save", 0, ["save", "-o", join(folder, "saved.tar"), `${host}/rancher/pause:3.1`, "--json"]],
    ["ls", 0, ["ls", host, "--all", "--json"]],
    ["tags", 0, ["tags", `${host}/rancher/pause`, "--json"]],
    ["delete", 0, ["delete", `${host}/rancher/library-traefik:2.4.8`, "--json"]],
    ["prune", 0, ["prune", `${host}/rancher`, "--keep-list", list, "--yes", "--json"]],
    ["serve --verify", 0, ["serve", "--data", join(folder, "data"), "--verify", "--json"]],
    ["", 64, ["load", "--no-such-option", "--json"]],
    ["", 66, ["inspect", join(folder, "absent.tar"), "--json"]],
  ];
  await runCli(["--to", join(folder, "data"), ...k3sFlags("docker20", ["arm64"])]);
  for (const [command, code, args] of runs) {
    const result: CliResult = await runCli(args);
    expect([args.slice(0, 2).join(" "), result.code, result.stderr]).toEqual([
      args.slice(0, 2).join(" "),
      code,
      result.stderr,
    ]);
    const document = JSON.parse(result.stdout) as { command?: string };
    expect(document.command ?? "").toBe(command);
    check(document);
  }
  check(JSON.parse(await readFile(report, "utf8")));
});

test("`changed` tells a program whether anything is another one now, in every command that publishes", async () => {
  const registry = await startTestRegistry();
  const other = await startTestRegistry();
  onTestFinished(async () => void (await Promise.all([registry.stop(), other.stop()])));
  const load = ["--registry", registry.host, "--json", ...k3sFlags("docker20", ["arm64"])];
  const pause = `${registry.host}/rancher/pause:3.1`;
  const sync = ["sync", "--to", other.host, "--json", pause];
  const copy = ["copy", `docker://${pause}`, `docker://${other.host}/copied:1`, "--json"];
  for (const args of [load, sync, copy]) {
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
