import { describe, expect, test } from "vitest";
import { digestHex, shortDigest } from "../../../src/oci/digest.ts";
import { planLoad } from "../../helpers/plan-load.ts";
import { planOptions } from "../../helpers/plan-options.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { give, image, plan, refusal } from "../../helpers/summarize-plan.ts";

const tag3 = "rancher/pause:3.1";

describe("platforms that witnesses do not settle", () => {
  const wrong = [give("amd64", [image("arm64"), image("arm64", "a:1"), image("amd64", "b:1")])];

  test("an archive that was given as another architecture is one problem, whatever it holds", () => {
    expect(refusal([give("amd64", [image("arm64"), image("arm64", "a:1")])])).toEqual({
      code: "PLATFORM_UNSETTLED",
      exit: 65,
      message: `Cannot publish these archives: all 2 images of amd64.tar are arm64, and it was given as amd64`,
      hint: `If you know better, settle it with:
  --arm64 amd64.tar`,
    });
  });

  test("an archive whose architecture machines of the given one run as well is told as one", () => {
    const { warnings } = plan([give("arm64", [image("arm"), image("arm", "a:1")])]);
    expect(warnings[0]).toBe(
      "warning all 2 images of arm64.tar have arm binaries, which arm64 machines run as well: if it is not for arm64, give it as --arm arm64.tar",
    );
    const mixed = plan([give("arm64", [image("arm"), image("arm64", "a:1")])]);
    expect(mixed.warnings.join()).not.toContain("all 2 images");
  });

  test("all of them are reported at once, with the options to paste", () => {
    expect(refusal(wrong)).toEqual({
      code: "PLATFORM_UNSETTLED",
      exit: 65,
      message: `Cannot publish these archives, for 2 reasons:
  - rancher/pause:3.1 in amd64.tar: its archive was given as amd64, its binaries are arm64 (bin/app)
  - a:1 in amd64.tar: its archive was given as amd64, its binaries are arm64 (bin/app)`,
      hint: `If you know better, settle it with:
  --image-platform rancher/pause:3.1=linux/arm64
  --image-platform a:1=linux/arm64`,
    });
  });

  test("the pasted options settle them, by name", () => {
    const spec = { imagePlatforms: { "rancher/pause:3.1": "linux/arm64", "docker.io/a:1": "linux/amd64" } };
    const { lists, warnings } = plan(wrong, spec);
    expect(lists).toEqual([
      "library/a:1: linux/amd64 / linux/arm64",
      "library/b:1: linux/amd64 / linux/arm64",
      "rancher/pause:3.1: linux/arm64 / linux/amd64",
    ]);
    expect(warnings[0]).toBe(
      "warning rancher/pause:3.1 linux/arm64: its archive was given as amd64, " +
        "its binaries (bin/app) are arm64: published as linux/arm64",
    );
  });

  test("a name settles only what is unsettled without it, since all architectures share it", () => {
    const sources = [give("arm64", [image("arm64")]), ...wrong.slice(0, 1)];
    expect(
      plan([give("arm64", [image("arm64")]), give("amd64", [image("amd64")])], {
        imagePlatforms: { [tag3]: "linux/s390x" },
      }).lists,
    ).toEqual([`${tag3}: linux/amd64 linux/arm64`]);
    expect(
      plan(sources, { imagePlatforms: { [tag3]: "linux/arm64", "a:1": "linux/arm64" } }).lists,
    ).toContain(`${tag3}: linux/arm64 / linux/amd64`);
  });

  test("an image ID settles its image whatever the witnesses say", () => {
    const lying = image("amd64");
    const id = digestHex(lying.config.digest);
    for (const key of [id, id.slice(0, 12)]) {
      expect(plan([give("amd64", [lying])], { imagePlatforms: { [key]: "linux/s390x" } }).lists).toEqual([
        `${tag3}: linux/s390x`,
      ]);
    }
  });

  test("an image without any witness asks for its architecture", () => {
    expect(refusal([give("", [buildImage({ config: "", machine: undefined })])])).toMatchObject({
      code: "PLATFORM_UNSETTLED",
      hint: expect.stringContaining("--image-platform rancher/pause:3.1=linux/ARCHITECTURE"),
    });
  });

  test("a repaired config is told with old and new image ID", () => {
    const lying = buildImage({ machine: "arm64" });
    const { warnings } = plan([give("arm64", [lying])]);
    const [planned] = planLoad([give("arm64", [lying])], planOptions()).lists[0]?.entries ?? [];
    const id = planned && shortDigest(planned.image.config.digest);
    expect(warnings).toEqual([
      "warning rancher/pause:3.1 linux/arm64: its config says amd64, its archive was given as arm64 and so are its binaries (bin/app): " +
        `published as linux/arm64, config repaired, image ID ${shortDigest(lying.config.digest)} becomes ${id}`,
    ]);
  });

  test("a manifest that goes up as it is keeps the config that lies, with a warning that names the consequence", () => {
    const lying = buildImage({ machine: "arm64", manifest: "oci", claimed: "linux/arm64" });
    expect(plan([give("arm64", [lying])]).warnings).toEqual([
      expect.stringContaining(
        "config left as it is because its manifest goes up byte for byte; containerd 2.2 and CRI-O refuse such an image, --fix-config always repairs it",
      ),
    ]);
    expect(plan([give("arm64", [lying])], { fixConfig: "always" }).warnings).toEqual([
      expect.stringContaining("config repaired, image ID"),
    ]);
  });

  test("--fix-config never leaves the config of a docker-save archive", () => {
    const { warnings } = plan([give("arm64", [buildImage({ machine: "arm64" })])], { fixConfig: "never" });
    expect(warnings).toEqual([expect.stringContaining("config left as it is; containerd 2.2")]);
  });
});

describe("images without a name", () => {
  const unnamed = buildImage({ names: [] });
  const id = shortDigest(unnamed.config.digest);

  test("are skipped with a warning that tells how to name them", () => {
    const { lists, warnings } = plan([give("amd64", [unnamed, image("amd64")])]);
    expect(lists).toEqual([`${tag3}: linux/amd64`]);
    expect(warnings).toEqual([
      `warning skipped image ${id} in amd64.tar, which has no name: name it with --name ${id}=NAME`,
    ]);
  });

  test("go where --name sends them, which also renames an image", () => {
    expect(plan([give("amd64", [unnamed])], { names: { [id]: "docker.io/library/x:1" } }).lists).toEqual([
      "library/x:1: linux/amd64",
    ]);
    const named = image("amd64");
    const sha = { [named.config.digest]: "docker.io/library/x:1" };
    expect(plan([give("amd64", [named])], { names: sha }).lists).toEqual(["library/x:1: linux/amd64"]);
  });

  test("a name that is only a digest is none", () => {
    const digestOnly = buildImage({ names: [`a@sha256:${"a".repeat(64)}`] });
    expect(plan([give("amd64", [digestOnly, image("amd64")])])).toMatchObject({
      lists: ["rancher/pause:3.1: linux/amd64"],
      warnings: [
        expect.stringMatching(/has a digest and no tag.*--name [0-9a-f]{12}=docker\.io\/library\/a:TAG/),
      ],
    });
  });

  test("an image whose name is none is skipped, what else there is is published, and --name solves it", () => {
    const bad = buildImage({ names: ["<none>:<none>"] });
    const skipped = plan([give("amd64", [bad, image("amd64")])]);
    expect(skipped.lists).toEqual(["rancher/pause:3.1: linux/amd64"]);
    expect(skipped.warnings).toEqual([
      expect.stringMatching(/which has no name: name it with --name [0-9a-f]{12}=NAME/),
    ]);
    expect(refusal([give("amd64", [bad])])).toMatchObject({ code: "NOTHING_TO_PUBLISH", exit: 65 });
    const named = { names: { [shortDigest(bad.config.digest)]: "docker.io/library/x:1" } };
    expect(plan([give("amd64", [bad])], named).lists).toEqual(["library/x:1: linux/amd64"]);
  });

  test("--image-platform finds an image by the name that --name gave it", () => {
    const arm = buildImage({ names: [], config: "linux/arm64" });
    const spec = {
      names: { [shortDigest(arm.config.digest)]: "docker.io/library/x:1" },
      imagePlatforms: { "x:1": "linux/arm64" },
    };
    expect(plan([give("amd64", [arm])], spec).lists).toEqual(["library/x:1: linux/arm64"]);
  });
});
