import zlib from "node:zlib";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodeOf } from "../../../src/cli/output/exit-code.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import { createFakeTerminal, type FakeTerminalOptions } from "../../helpers/processes/fake-terminal.ts";
import { faultFor, refuse, requestsFor } from "../../helpers/registries/registry-faults.ts";
import { samplePath } from "../../helpers/archives/samples.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const archive = samplePath("k3s8/docker20/k3s-airgap-images-amd64.tar.gz");

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

/** Runs the program in this process, as main does. */
async function run(
  args: readonly string[],
  options: FakeTerminalOptions = {},
): Promise<{ exitCode: number; code: string | undefined; stdout: string; stderr: string }> {
  const terminal = createFakeTerminal(options);
  const program = createProgram(terminal);
  try {
    await program.command.parseAsync(["node", "airgap-load", "--registry", registry.host, ...args]);
    return { exitCode: program.exitCode(), code: undefined, ...terminal.written };
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    return { exitCode: exitCodeOf(error), code: error.code, ...terminal.written };
  }
}

describe("what goes where", () => {
  test("the report to standard output, all else to standard error", async () => {
    const { exitCode, stdout, stderr } = await run(["--amd64", archive]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^IMAGE +AMD64 +LIST\n/);
    expect(stdout).toMatch(new RegExp(`${registry.host}/rancher/pause:3.1 +pushed +sha256:`));
    expect(stdout).toContain(`8 images for ${registry.host}: 8 new, 0 unchanged; `);
    expect(stderr).toContain(`read ${archive}: 8 images\n`);
    expect(stderr).toContain(`pushed ${registry.host}/rancher/pause:3.1 sha256:`);
  });

  test("--json and --output digests", async () => {
    const json = await run(["--amd64", archive, "--json", "--quiet"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, totals: { lists: 8, failed: 0 } });
    expect(json.stderr).toBe("");
    const digests = await run(["--amd64", archive, "--output", "digests"]);
    expect(digests.stdout.match(/^127\.0\.0\.1:\d+\/\S+@sha256:[0-9a-f]{64}$/gm)).toHaveLength(8);
  });
});

describe("images that failed", () => {
  beforeEach(() => {
    registry.faults = [
      faultFor(
        (request) => requestsFor.manifestPut(request) && (request.url ?? "").includes("/rancher/pause/"),
        refuse({ status: 403, code: "DENIED" }),
      ),
    ];
  });

  test("are written to --failed-list, which is the next run's --image-list", async () => {
    const list = join(await makeTempFolder(), "failed.txt");
    const first = await run(["--amd64", archive, "--failed-list", list]);
    expect(first.exitCode).toBe(1);
    expect(first.stdout).toContain("[ACCESS_DENIED]");
    expect(await readFile(list, "utf8")).toBe("docker.io/rancher/pause:3.1\n");
    registry.faults = [];
    const second = await run(["--amd64", archive, "-l", list, "--failed-list", list]);
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain(": 1 new, 0 unchanged; 0 blobs sent");
    expect(await readFile(list, "utf8")).toBe("");
    expect(await run(["--amd64", archive, "-l", list])).toMatchObject({ exitCode: 64, code: "USAGE" });
  });

  test("where all failed, the exit code is that of the cause", async () => {
    const list = join(await makeTempFolder(), "images.txt");
    await writeFile(list, "rancher/pause:3.1\n");
    expect((await run(["--amd64", archive, "-l", list])).exitCode).toBe(77);
  });

  test("a list that cannot be written is exit 73", async () => {
    const result = await run(["--amd64", archive, "--failed-list", "/dev/null/failed.txt"]);
    expect(result).toMatchObject({ exitCode: 73, code: "FILE_NOT_WRITABLE" });
  });
});

describe("--checksums", () => {
  test("holds for standard input too, which sha256sum calls -", async () => {
    const input = await readFile(archive);
    const sum = createHash("sha256").update(input).digest("hex");
    const right = await writeSums(`${sum}  -\n`);
    expect(await run(["--amd64", "-", "--checksums", right], { input })).toMatchObject({ exitCode: 0 });
    const wrong = await writeSums(`${"0".repeat(64)}  -\n`);
    expect(await run(["--amd64", "-", "--checksums", wrong], { input })).toMatchObject({
      exitCode: 65,
      code: "CHECKSUM_MISMATCH",
    });
  });

  test("a file that does not name the archive is an error, before anything is read", async () => {
    const sums = await writeSums(`${"0".repeat(64)}  other.tar\n`);
    const result = await run(["--amd64", archive, "--checksums", sums]);
    expect(result).toMatchObject({ exitCode: 65, code: "CHECKSUM_MISSING", stderr: "" });
  });
});

test("--strict is exit 1 where a warning comes up too late to stop the list", async () => {
  const hideLists = faultFor(
    (request) => request.method === "GET" && /\/manifests\/v?[\d.]+$/.test(request.url ?? ""),
    refuse({ status: 403, code: "DENIED" }),
    { skip: 8 },
  );
  registry.faults = [hideLists];
  const { exitCode, stderr } = await run(["--amd64", archive, "--strict", "--no-arch-tags"]);
  expect(stderr).toContain("not verifiable after the push");
  expect(exitCode).toBe(1);
});

async function writeSums(text: string): Promise<string> {
  const path = join(await makeTempFolder(), "sums.txt");
  await writeFile(path, text);
  return path;
}

describe("files that are to be written", () => {
  test.each(["--failed-list", "--write-spec", "--report"])(
    "%s is checked before anything is sent",
    async (option) => {
      const path = join(await makeTempFolder(), "absent", "x.json");
      const { code, exitCode, stdout } = await run(["--amd64", archive, option, path]);
      expect({ code, exitCode, stdout }).toEqual({ code: "FILE_NOT_WRITABLE", exitCode: 73, stdout: "" });
      expect(registry.requests).toEqual([]);
    },
  );

  test("where one cannot be at the end, the table is printed nevertheless", async () => {
    const { code, exitCode, stdout } = await run(["--amd64", archive, "--write-spec", "/dev/full"]);
    expect({ code, exitCode }).toEqual({ code: "FILE_NOT_WRITABLE", exitCode: 74 });
    expect(stdout).toContain("8 images for ");
  });

  test("--write-registries-yaml keeps the old file where an image fails", async () => {
    const path = join(await makeTempFolder(), "registries.yaml");
    await writeFile(path, "old");
    const args = ["--amd64", archive, "--write-registries-yaml", path, "--json"];
    registry.faults = [faultFor(requestsFor.manifestPut, refuse({ status: 403, code: "DENIED" }))];
    expect((await run(args)).exitCode).not.toBe(0);
    expect(await readFile(path, "utf8")).toBe("old");
    registry.faults = [];
    const second = await run(args);
    expect(JSON.parse(second.stdout)).toMatchObject({ changed: true });
    expect(await readFile(path, "utf8")).toContain(`http://${registry.host}`);
    expect(JSON.parse((await run(args)).stdout)).toMatchObject({ changed: false });
  });
});

test("a terminal gets short digests", async () => {
  const { stdout } = await run(["--amd64", archive], { isTTY: true });
  expect(stdout).toMatch(/rancher\/pause:3\.1 +pushed +[0-9a-f]{12}$/m);
});

test("layers that this Node cannot compress with zstd are refused before a registry is asked", async () => {
  const { exitCode, code } = await run(["--layer-compression", "zstd", "--amd64", archive]);
  const can = "createZstdCompress" in zlib;
  expect([exitCode, code, registry.requests.length > 0]).toEqual(
    can ? [0, undefined, true] : [64, "ZSTD_UNSUPPORTED", false],
  );
});
