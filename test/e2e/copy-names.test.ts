import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { missingSkopeo } from "../helpers/judges/skopeo.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { pushImage, pushList } from "../helpers/registries/push-by-hand.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

let registry: TestRegistry;
let image: string;

/** A list of one image and its attestation, as buildx makes it. */
beforeAll(async () => {
  registry = await startTestRegistry();
  const amd64 = await pushImage(registry.host, "app:amd64", { family: "oci", machine: 62, claimed: "amd64" });
  const other = await pushImage(registry.host, "app:att", { family: "oci", machine: 62, claimed: "unknown" });
  const attestation = {
    ...other,
    platform: { os: "unknown", architecture: "unknown" },
    annotations: {
      "vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": amd64.digest,
    },
  };
  await pushList(registry.host, "app:list", "oci", [amd64, attestation]);
  image = amd64.digest;
});
afterAll(() => registry.stop());

async function copy(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["copy", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return stdout.trim().replace(/^.*@/, "");
}

describe("copy --platform", () => {
  test("takes the only image out of its list, and with --referrers leaves its attestation beside it", async () => {
    const from = `docker://${registry.host}/app:list`;
    expect(await copy("--platform", "linux/amd64", from, `docker://${registry.host}/copied:1`)).toBe(image);
    const whole = await copy(from, `docker://${registry.host}/copied:2`);
    expect(whole).not.toBe(image);
  });
});

describeWith(missingSkopeo, "a name behind oci-archive:", () => {
  test.each(["1.36", "busybox:1.36", "quay.io/org/busybox:1.36"])(
    "%s stands as it was typed",
    async (name) => {
      const place = `oci-archive:${join(await makeTempFolder(), "app.tar")}:${name}`;
      await copy(`docker://${registry.host}/app:amd64`, place);
      const { Digest } = JSON.parse(await runProgram("skopeo", "inspect", place)) as { Digest: string };
      expect(Digest).toBe(image);
      expect(await copy(place, `docker://${registry.host}/back:1`)).toBe(image);
    },
  );
});
