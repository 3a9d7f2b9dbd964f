import { afterAll, beforeAll, expect, test } from "vitest";
import { k3sArchitectures, k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { missingCraneRegistry, startCraneRegistry } from "../helpers/registries/crane-registry.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";

describeWith(missingCraneRegistry, "crane's registry, which checks what a list names", () => {
  let registry: Awaited<ReturnType<typeof startCraneRegistry>>;
  const flags = (): string[] => ["--registry", registry.host, ...k3sFlags("docker20")];

  beforeAll(async () => {
    registry = await startCraneRegistry();
    await runCli(["--registry", registry.host, ...k3sFlags("docker20", ["amd64"])]);
    await runCli(["--registry", registry.host, ...k3sFlags("docker20", ["arm64", "arm"])]);
  });
  afterAll(() => registry.stop());

  test("has the lists of a main job whose architectures came one after the other", async () => {
    for (const name of k3sNames) {
      const { images } = await judgeList(`${registry.host}/${name}`);
      expect(images.map(({ machines }) => machines)).toEqual(k3sArchitectures.map((word) => [word]));
    }
    const digests = await Promise.all(k3sNames.map((name) => fetchDigest(registry.host, name)));
    expect((await runCli(flags())).stdout).toContain("0 new, 8 unchanged");
    expect(await Promise.all(k3sNames.map((name) => fetchDigest(registry.host, name)))).toEqual(digests);
    expect((await runCli(["verify", ...flags().slice(1)])).code).toBe(0);
  });

  test("gives crane whole images, and takes copies with what refers to them", async () => {
    const image = `${registry.host}/rancher/pause:3.1`;
    expect(await runProgram("crane", "validate", "--insecure", "--fast", "--remote", image)).toContain(
      "PASS",
    );
    const to = `docker://${registry.host}/copied/pause:1`;
    expect((await runCli(["copy", "--referrers", `docker://${image}`, to])).code).toBe(0);
    expect(await fetchDigest(registry.host, "copied/pause:1")).toBe(
      await fetchDigest(registry.host, "rancher/pause:3.1"),
    );
  });
});
