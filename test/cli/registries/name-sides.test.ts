import { describe, expect, onTestFinished, test } from "vitest";
import { runCli } from "../../helpers/processes/run-cli.ts";
import { readCertificate } from "../../helpers/registries/certificates.ts";
import {
  createTokenAuth,
  faultFor,
  refuse,
  requestsFor,
  requireBasic,
} from "../../helpers/registries/registry-faults.ts";
import { startTestRegistry, type TestRegistryOptions } from "../../helpers/registries/test-registry.ts";

async function start(options: TestRegistryOptions = {}): Promise<string> {
  const registry = await startTestRegistry(options);
  onTestFinished(() => registry.stop());
  return registry.host;
}

const untrusted: TestRegistryOptions = { tls: readCertificate("server") };
const guarded: TestRegistryOptions = { faults: [requireBasic("ann", "secret")] };

describe("a hint names the options of the side that failed", () => {
  test.for([
    {
      name: "a source that is not trusted",
      from: untrusted,
      hints: ["--src-ca-file FILE", "--src-tls-no-verify"],
    },
    { name: "a target that is not trusted", to: untrusted, hints: ["--ca-file FILE", " --tls-no-verify"] },
    { name: "a source that wants a password over http", from: guarded, hints: ["Give --src-plain-http"] },
    {
      name: "a source that wants a password",
      from: guarded,
      flags: ["--src-plain-http"],
      hints: ["--src-username NAME --src-password-stdin"],
    },
    {
      name: "a target that wants a password",
      to: guarded,
      flags: ["--plain-http"],
      hints: ["Give --username NAME --password-stdin"],
    },
  ])("$name", async ({ from, to, flags = [], hints }) => {
    const [source, target] = [await start(from), await start(to)];
    const { stdout, stderr } = await runCli(["sync", "--to", target, `${source}/team/app:1`, ...flags]);
    for (const hint of hints) expect(stdout + stderr).toContain(hint);
  });

  test("a registry that is the only one has the plain ones", async () => {
    const host = await start(guarded);
    const saved = await runCli(["save", "-o", "/nowhere/x.tar", "--plain-http", `${host}/team/app:1`]);
    expect(saved.stderr).toContain("Give --username NAME --password-stdin");
    const verified = await runCli(["verify", "--plain-http", "--image-list", "-", host], {
      input: "team/app:1\n",
    });
    expect([verified.code, verified.stderr]).toEqual([
      77,
      expect.stringContaining("Give --username NAME --password-stdin"),
    ]);
  });
});

test("verify says what to do about an image that it may not read", async () => {
  const host = await start({
    faults: [faultFor(requestsFor.manifestRead, refuse({ status: 403, code: "DENIED" }))],
  });
  const { code, stdout } = await runCli(["verify", "--image-list", "-", host], { input: "team/app:1\n" });
  expect([code, stdout]).toEqual([1, expect.stringContaining("check the account's right to pull")]);
});

test("a token server that is named with https and speaks http is the registry's to correct, not an option's", async () => {
  const { fault } = createTokenAuth({ realm: (host) => `https://${host}/token` });
  const host = await start({ faults: [fault] });
  const { stdout } = await runCli(["verify", "--plain-http", "--image-list", "-", host], {
    input: "team/app:1\n",
  });
  expect(stdout).toContain(`Have the registry name http://${host} as its token server`);
  expect(stdout).not.toContain("Give --plain-http");
});

test("who only reads asks for tokens to pull alone", async () => {
  const { fault, asked } = createTokenAuth({ allow: (_, action) => action === "pull" });
  const host = await start({ faults: [fault] });
  await runCli(["verify", "--image-list", "-", host], { input: "team/app:1\n" });
  await runCli(["sync", "--to", await start(), `${host}/team/app:1`, "--src-plain-http"]);
  await runCli(["save", "-o", "/nowhere/x.tar", "--plain-http", `${host}/team/app:1`]);
  expect(asked.map(({ scopes }) => scopes)).toEqual(asked.map(() => ["repository:team/app:pull"]));
  expect(asked.length).toBeGreaterThanOrEqual(2);
});
