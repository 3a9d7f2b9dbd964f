import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sArchitectures, k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { startRecordingProxy, type RecordingProxy } from "../helpers/registries/recording-proxy.ts";
import { anyRegistry, type RunningRegistry } from "../helpers/registries/registries.ts";
import { runProcess, startCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

describe(`a run that is cut short against ${anyRegistry.title}`, () => {
  let registry: RunningRegistry;
  let proxy: RecordingProxy;
  beforeEach(async () => {
    registry = await anyRegistry.start();
    proxy = await startRecordingProxy(registry.host);
  });
  afterEach(async () => {
    await proxy.stop();
    await registry.stop();
  });

  test("killed in mid-upload, it has set no tag, and a second run completes", async () => {
    const held = proxy.holdUpload();
    const cli = startCli(["--registry", proxy.host, ...k3sFlags("docker20")]);
    await held;
    cli.child.kill("SIGKILL");
    expect(await cli.result).toMatchObject({ signal: "SIGKILL" });
    expect(await Promise.all(k3sNames.map((name) => fetchDigest(registry.host, name)))).toEqual(
      k3sNames.map(() => undefined),
    );

    proxy.release();
    const second = await runProcess(["--registry", proxy.host, ...k3sFlags("docker20")]);
    expect(second.code).toBe(0);
    for (const name of k3sNames) {
      const { images } = await judgeList(`${registry.host}/${name}`);
      expect(images.map(({ machines }) => machines)).toEqual(k3sArchitectures.map((arch) => [arch]));
    }
  });

  describe.each([
    { signal: "SIGINT", code: 130 },
    { signal: "SIGTERM", code: 143 },
    { signal: "SIGHUP", code: 129 },
  ] as const)("$signal", ({ signal, code }) => {
    test(`cancels the upload, removes temp files, says how far it came and exits ${code}`, async () => {
      const tempDir = await makeTempFolder();
      const files = await makeTempFolder();
      const [report, failed] = [join(files, "report.json"), join(files, "failed.txt")];
      const held = proxy.holdUpload();
      // zstd has no deflate stream to cut layers from, so that there are temp files to remove.
      const cli = startCli([
        "--registry",
        proxy.host,
        "--temp-dir",
        tempDir,
        "--report",
        report,
        "--failed-list",
        failed,
        "--arm64",
        samplePath("derived/long25.tar.zst"),
      ]);
      await held;
      cli.child.kill(signal);
      const result = await cli.result;
      expect(result).toMatchObject({ code, signal: null });
      expect(result.stderr).toMatch(
        /^error \[INTERRUPTED\]: .*: 1 archive read, .* of \d+ names? published$/m,
      );
      expect(JSON.parse(await readFile(report, "utf8"))).toMatchObject({
        error: { code: "INTERRUPTED", exitCode: code },
      });
      expect((await readFile(failed, "utf8")).trim().split("\n")).toEqual(
        expect.arrayContaining([expect.stringMatching(/^docker\.io\//)]),
      );
      expect(await readdir(tempDir)).toEqual([]);
      const [begun, finished, cancelled] = countUploads(proxy);
      expect(cancelled).toBeGreaterThan(0);
      expect(cancelled).toBe(begun - finished);
    });
  });
});

function countUploads({
  requests,
}: RecordingProxy): readonly [begun: number, finished: number, cancelled: number] {
  const uploads = requests.filter(({ path }) => path.includes("/blobs/uploads/"));
  const count = (wanted: string): number =>
    uploads.filter(({ method, status }) => `${method} ${status}` === wanted).length;
  return [count("POST 202"), count("PUT 201"), count("DELETE 204")];
}
