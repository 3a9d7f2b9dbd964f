import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { k3sArchive } from "../helpers/archives/k3s-samples.ts";
import { samplePath } from "../helpers/archives/samples.ts";

const root = resolve(import.meta.dirname, "../..");

describe("the package that npm pack makes", () => {
  let folder: string;
  let tarball: string;

  /** Runs a program in the folder that the package is installed in, with nobody's npm settings but its own. */
  async function run(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program, args, { cwd: join(folder, "site") });
    return stdout;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "airgap-load-package-"));
    // Not built again: other tests run what is built now.
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    await promisify(execFile)("npm", pack, { cwd: root, maxBuffer: 64 << 20 });
    tarball = join(folder, (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "");
    await mkdir(join(folder, "site"));
    await writeFile(join(folder, "site/package.json"), '{ "type": "module" }');
    const offline = ["--offline", "--no-audit", "--no-fund", "--cache", join(folder, "empty-cache")];
    await run("npm", "install", ...offline, tarball);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("installs without a network and tells its version", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    expect(await run("node_modules/.bin/airgap-load", "--version")).toBe(`${version}\n`);
  });

  test("holds the program, its documents and what it needs, and nothing else", async () => {
    const names = await readdir(join(folder, "site/node_modules/airgap-load"));
    expect(names.sort()).toEqual(
      ["LICENSE", "README.md", "bin", "dist", "docs", "man", "node_modules", "package.json"].sort(),
    );
  });

  test("loads as a library, worker included", async () => {
    const archive = samplePath(k3sArchive("docker20", "arm64"));
    await writeFile(
      join(folder, "site/try.js"),
      `import { load } from "airgap-load";
      const { totals } = await load({ archives: [{ from: ${JSON.stringify(archive)}, platform: "arm64" }] });
      console.log(totals.lists);`,
    );
    expect(await run(process.execPath, "try.js")).toBe("8\n");
  });

  test("carries the schema of its JSON", async () => {
    const script = `console.log(require("airgap-load/schema.json").title)`;
    expect(await run(process.execPath, "--input-type=commonjs", "-e", script)).toBe(
      "What airgap-load prints with --json\n",
    );
  });

  test("gives nothing but its one entry and that", async () => {
    const deep = 'import("airgap-load/dist/cli/main.js").catch(({ code }) => console.log(code))';
    expect(await run(process.execPath, "-e", deep)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n");
  });

  test("has types that a strict program compiles with", async () => {
    await writeFile(
      join(folder, "site/try.ts"),
      `import { AirgapError, load, type LoadReport } from "airgap-load";
      const signal = AbortSignal.timeout(1000);
      const report: LoadReport = await load({
        archives: [{ from: "a.tar" }],
        to: { registry: "host:5000", plainHttp: true },
        onEvent: (event) => { if (event.type === "blob") event.digest.startsWith("sha256:"); },
        signal,
      });
      export const codes: string[] = report.lists.flatMap(({ error }) => error instanceof AirgapError ? error.code : []);
      // @ts-expect-error there is no such option
      await load({ archives: [], registry: "host" });`,
    );
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
    const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--skipLibCheck"];
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    expect(await run(process.execPath, tsc, ...strict, ...types, "try.ts")).toBe("");
  });

  test("is as publint wants it", async () => {
    const publint = join(root, "node_modules/publint/src/cli.js");
    expect(await run(process.execPath, publint, "run", "--strict", tarball)).toContain("All good!");
  });

  test("is as attw wants what has ES modules only", async () => {
    const { types, ...result } = await checkPackage(createPackageFromTarballData(await readFile(tarball)), {
      excludeEntrypoints: ["./schema.json"],
    });
    expect(types).toEqual({ kind: "included" });
    const ofRequire = { kind: "CJSResolvesToESM", entrypoint: ".", resolutionKind: "node16-cjs" };
    expect("problems" in result && result.problems).toEqual([ofRequire]);
  });
});
