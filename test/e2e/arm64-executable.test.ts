import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { beforeEach, expect, test } from "vitest";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { runProcess } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";

const executable = process.env["AIRGAP_LOAD_ARM64_EXECUTABLE"];
const emulator = "qemu-aarch64-static";
/** Where Debian's cross packages put glibc and libstdc++ of arm64. */
const libraries = "/usr/aarch64-linux-gnu";

describeWith(findMissingPart(), `the arm64 executable under ${emulator}`, () => {
  const command = [emulator, "-L", libraries, executable ?? ""] as const;
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startTestRegistry();
    return () => registry.stop();
  });

  test("tells its version", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(await runProcess(["--version"], { command })).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test("publishes what the program on this machine does", async () => {
    const flags = k3sFlags("docker20");
    expect(await runProcess(["--registry", registry.host, ...flags], { command })).toMatchObject({ code: 0 });
    await using other = await startTestRegistry();
    await runProcess(["--registry", other.host, ...flags]);
    expect(await registry.snapshot()).toEqual(await other.snapshot());
  });

  test("has the WebAssembly that reads zstd", async () => {
    const archive = samplePath("derived/long25.tar.zst");
    const { code } = await runProcess(["--registry", registry.host, "--arm64", archive], { command });
    expect(code).toBe(0);
    for (const name of k3sNames) {
      const { images } = await judgeList(`${registry.host}/${name}`);
      expect(images).toMatchObject([{ platform: "linux/arm64", machines: ["arm64"] }]);
    }
  });
});

function findMissingPart(): string | undefined {
  if (executable === undefined) return "AIRGAP_LOAD_ARM64_EXECUTABLE names none";
  if (!existsSync(`${libraries}/lib/libstdc++.so.6`)) return `no libstdc++ in ${libraries}`;
  return findMissing(emulator);
}
