import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LayoutBuilder } from "../helpers/archives/layout-builder.ts";
import { addSimple, makeKey, signBytes, simpleSigning } from "../helpers/archives/signed-layout.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { missingSkopeo } from "../helpers/judges/skopeo.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const key = makeKey();
const other = makeKey();

/** An image of `team/app` that was signed under a name, in an archive. */
async function writeSigned(reference: string): Promise<string> {
  const layout = new LayoutBuilder();
  const image = await layout.image("one");
  const payload = simpleSigning(image["digest"], reference);
  addSimple(layout, image, payload, signBytes(key, payload));
  const path = join(await makeTempFolder(), "images.tar");
  await writeFile(path, await layout.root(image, "registry.example/team/app:1").tar().build());
  return path;
}

async function writePolicy(policy: object): Promise<string> {
  const path = join(await makeTempFolder(), "policy.json");
  await writeFile(path, JSON.stringify(policy));
  return path;
}

function keyData({ pem }: { readonly pem: string }): string {
  return Buffer.from(pem).toString("base64");
}

const matchRepository = { signedIdentity: { type: "matchRepository" } };
const signed = { type: "sigstoreSigned", keyData: keyData(key), ...matchRepository };

describe("--signature-policy", () => {
  test("asks of each name what stands for it, and tells all that is refused at once", async () => {
    const archive = await writeSigned("registry.example/team/app");
    const plain = new LayoutBuilder();
    plain.root(await plain.image("two"), "registry.example/other/app:1");
    plain.root(await plain.image("three"), "free.example/other/any:1");
    const unsigned = join(await makeTempFolder(), "unsigned.tar");
    await writeFile(unsigned, await plain.tar().build());
    const docker = { "registry.example": [signed], "free.example": [{ type: "insecureAcceptAnything" }] };
    const run = async (policy: object): Promise<[number | null, string]> => {
      const path = await writePolicy(policy);
      const { code, stderr } = await runCli([
        "--dry-run",
        "--offline",
        "--signature-policy",
        path,
        archive,
        unsigned,
      ]);
      return [code, stderr];
    };
    const [code, stderr] = await run({ default: [{ type: "reject" }], transports: { docker } });
    expect([code, stderr]).toEqual([
      65,
      expect.stringMatching(/Cannot trust other\/app:1: sha256:\w+ is not signed/),
    ]);
    const open = { ...docker, "registry.example/other": [{ type: "insecureAcceptAnything" }] };
    expect((await run({ default: [{ type: "reject" }], transports: { docker: open } }))[0]).toBe(0);
  });

  test("is refused where it is none", async () => {
    const archive = await writeSigned("registry.example/team/app");
    const path = await writePolicy({ default: [{ type: "trustMe" }] });
    const { code, stderr } = await runCli(["--dry-run", "--offline", "--signature-policy", path, archive]);
    expect([code, stderr]).toEqual([78, expect.stringContaining("[SIGNATURE_POLICY_INVALID]")]);
  });
});

/** Undefined by a skopeo that was built without sigstore, as Debian's is. */
async function askSkopeo(host: string, policy: string): Promise<boolean | undefined> {
  const folder = await makeTempFolder();
  await writeFile(join(folder, "all.yaml"), "default-docker:\n  use-sigstore-attachments: true\n");
  const where = [`docker://${host}/team/app:1`, `dir:${join(folder, "copy")}`];
  const options = ["--policy", policy, "--registries.d", folder, "copy", "--quiet", "--src-tls-verify=false"];
  return runProgram("skopeo", ...options, ...where).then(
    () => true,
    (error: Error) => (error.message.includes("sigstore disabled") ? undefined : false),
  );
}

async function askUs(host: string, policy: string): Promise<boolean> {
  const where = [`docker://${host}/team/app:1`, `docker://${host}/copy:1`];
  const { code } = await runCli(["copy", "--signature-policy", policy, ...where]);
  expect([0, 65]).toContain(code);
  return code === 0;
}

describeWith(missingSkopeo, "a policy that skopeo reads too", () => {
  test.for<[string, (host: string) => object, boolean]>([
    ["accepts anything", () => ({ type: "insecureAcceptAnything" }), true],
    ["rejects", () => ({ type: "reject" }), false],
    ["asks for the key and the repository", () => signed, true],
    ["asks for another key", () => ({ ...signed, keyData: keyData(other) }), false],
    [
      "asks for the tag by default, which cosign does not sign",
      () => ({ type: "sigstoreSigned", keyData: keyData(key) }),
      false,
    ],
    [
      "asks for the exact repository",
      (host) => ({
        ...signed,
        signedIdentity: { type: "exactRepository", dockerRepository: `${host}/team/app` },
      }),
      true,
    ],
    [
      "asks for another repository",
      (host) => ({
        ...signed,
        signedIdentity: { type: "exactRepository", dockerRepository: `${host}/team/other` },
      }),
      false,
    ],
    [
      "asks for a name that is mapped",
      (host) => ({
        ...signed,
        signedIdentity: { type: "remapIdentity", prefix: host, signedPrefix: "q.example" },
      }),
      false,
    ],
  ])("is judged as skopeo does where it %s", async ([, requirement, passes], { skip }) => {
    await using registry = await startTestRegistry();
    const { host } = registry;
    await runCli(["--registry", host, await writeSigned(`${host}/team/app`)]);
    const docker = { [`${host}/team`]: [requirement(host)] };
    const policy = await writePolicy({ default: [{ type: "reject" }], transports: { docker } });
    expect(await askUs(host, policy)).toBe(passes);
    const theirs = await askSkopeo(host, policy);
    if (theirs === undefined) skip("this skopeo was built without sigstore");
    expect(theirs).toBe(passes);
  });
});
