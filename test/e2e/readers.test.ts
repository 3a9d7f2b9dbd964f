import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, imageReaders, stopReaders, type WrittenForm } from "../helpers/judges/image-readers.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { pushImage, pushList } from "../helpers/registries/push-by-hand.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const text = readFileSync(resolve(import.meta.dirname, "../../docs/compatibility.md"), "utf8");
const [, section = ""] = /^## Who reads what is written here\n(.*?)^## /ms.exec(text) ?? [];
const [header = [], , ...rows] = section
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
const columns = header.slice(1);

let registry: TestRegistry;
let folder: string;
let bench: Bench;

/** Lists of two images, under a name for each family of media types. */
beforeAll(async () => {
  // podman makes a name of the path, which has no capitals then, and wants short ones.
  folder = join(tmpdir(), `readers-${randomBytes(4).toString("hex")}`);
  await mkdir(folder);
  registry = await startTestRegistry();
  bench = { folder, host: registry.host };
  for (const family of ["oci", "docker"] as const) {
    const amd64 = await pushImage(registry.host, `${family}:a`, { family, machine: 62, claimed: "amd64" });
    const arm64 = await pushImage(registry.host, `${family}:b`, { family, machine: 183, claimed: "arm64" });
    await pushList(registry.host, `${family}:1.0`, family, [amd64, arm64]);
  }
});
afterAll(async () => {
  await stopReaders();
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCli(args);
  if (code !== 0) throw new Error(stderr);
}

async function save(
  file: string,
  family: "oci" | "docker",
  ...args: readonly string[]
): Promise<WrittenForm> {
  const path = join(folder, file);
  const name = `${registry.host}/${family}:1.0`;
  await run("save", "-q", "-o", path, ...args, name);
  return { kind: "archive", path, name, docker: args.includes("--platform") };
}

/** `copy` writes what a tag of the registry names into a layout. */
async function copy(to: string, name: string, tag: string, ...args: readonly string[]): Promise<WrittenForm> {
  const [transport = "", file = ""] = to.split(":");
  const path = join(folder, file);
  await run("copy", "-q", ...args, `docker://${registry.host}/${tag}`, `${transport}:${path}:${name}`);
  return { kind: transport === "oci" ? "folder" : "archive", path, name };
}

const one = ["--platform", "linux/amd64"];

/** What each row of the table stands for. */
const forms: Readonly<Record<string, () => Promise<WrittenForm>>> = {
  "`save`, one platform, `.tar`": () => save("one.tar", "oci", ...one),
  "the same of Docker's types": () => save("docker-one.tar", "docker", ...one),
  "the same, `.tar.gz`": () => save("one.tar.gz", "oci", ...one),
  "the same, `.tar.zst`": async () => {
    const form = await save("to-pack.tar", "oci", ...one);
    await runProgram("zstd", "--quiet", form.path);
    return { ...form, path: `${form.path}.zst` };
  },
  "`save`, all platforms": () => save("all.tar", "oci"),
  "the same of Docker's types, bytes kept": () => save("docker-all.tar", "docker"),
  "the same with `--format oci`": () => save("converted.tar", "docker", "--format", "oci"),
  "`copy oci-archive:FILE:1.0`": () => copy("oci-archive:copied.tar", "1.0", "oci:1.0"),
  "`--to FOLDER`, of lists made here": async () => {
    const archive = resolve(import.meta.dirname, "../../samples/k3s8/docker20/k3s-airgap-images-");
    const archives = ["amd64", "arm64"].flatMap((word) => [`--${word}`, `${archive}${word}.tar.gz`]);
    await run("-q", "--to", join(folder, "to"), ...archives);
    return { kind: "folder", path: join(folder, "to"), name: "rancher/pause:3.1" };
  },
  "`copy oci:FOLDER`, one platform": () => copy("oci:layout-one", "app:1.0", "oci:1.0", ...one),
  "`copy oci:FOLDER`, a list": () => copy("oci:layout", "app:1.0", "oci:1.0"),
  "the same of Docker's types, bytes kept, as `serve`'s folder": () =>
    copy("oci:layout-docker", "app:1.0", "docker:1.0"),
  "a list in a registry": async () => ({
    kind: "registry",
    path: `${registry.host}/oci:1.0`,
    name: "oci:1.0",
  }),
  "a list in a registry, of Docker's types": async () => ({
    kind: "registry",
    path: `${registry.host}/docker:1.0`,
    name: "docker:1.0",
  }),
};

test("the table of docs/compatibility.md has each form and each reader", () => {
  expect(rows.map(([form]) => form)).toEqual(Object.keys(forms));
  expect(columns).toEqual(Object.keys(imageReaders));
});

describe.each(rows)("%s", (row, ...cells) => {
  let form: WrittenForm;
  beforeAll(async () => {
    const write = forms[row];
    if (write && !(row.includes("zst") && findMissing("zstd"))) form = await write();
  });

  for (const [at, cell] of cells.entries()) {
    const column = columns[at] ?? "";
    const missing = whatIsMissing(column, row);
    test.skipIf(missing !== undefined)(`by ${column}: ${cell}${missing ? ` (${missing})` : ""}`, async () => {
      const seen = await tryReader(column, form);
      expect({ seen, word: wordOf(seen) }).toEqual({ seen, word: wordOf(cell) });
    });
  }
});

function whatIsMissing(column: string, row: string): string | undefined {
  return imageReaders[column]?.missing ?? findMissing(...(row.includes("zst") ? ["zstd"] : []));
}

/** `yes`, or `no` with the reason where there is one. */
async function tryReader(column: string, form: WrittenForm): Promise<string> {
  try {
    const read = imageReaders[column]?.read(form, bench);
    return (await read?.then(() => "yes")) ?? "no";
  } catch (error) {
    return `no: ${(error as Error).message}`;
  }
}

function wordOf(cell: string): string {
  return cell.replace(/\W.*/s, "");
}
