import { join } from "node:path";
import { expect, test } from "vitest";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

describeWith(findMissing("skopeo", "umoci"), "a folder that a load of Docker's archives has written", () => {
  test("is a layout of OCI types, which skopeo and umoci read", async () => {
    const folder = join(await makeTempFolder(), "images");
    const args = ["--to", folder, "--arch-tags", "always", ...k3sFlags("docker20", ["amd64", "arm64"])];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    const list = `oci:${folder}:rancher/pause:3.1`;
    const raw = JSON.parse(await runProgram("skopeo", "inspect", "--raw", list)) as {
      mediaType: string;
      manifests: readonly { mediaType: string }[];
    };
    expect([raw.mediaType, ...raw.manifests.map(({ mediaType }) => mediaType)]).toEqual([
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.oci.image.manifest.v1+json",
    ]);
    const copied = join(await makeTempFolder(), "copied");
    await runProgram("skopeo", "--insecure-policy", "copy", "--quiet", "--all", list, `dir:${copied}`);
    // umoci knows no platforms: an image of a list is named by its own tag.
    const stat = await runProgram("umoci", "stat", "--image", `${folder}:rancher/pause:3.1-amd64`);
    expect(stat).toContain("LAYER");
  });
});
