import { describe, expect, test } from "vitest";
import { parseReference } from "../../../src/oci/reference.ts";
import { readPolicy, type ReadKey } from "../../../src/signature/policy/policy-json.ts";
import { readSignedIdentity } from "../../../src/signature/policy/signed-identity.ts";

const readKey: ReadKey = async (given) => ({
  verify: () => ({ by: "path" in given ? given.path : given.pem }),
});

async function kindOf(policy: object, name: string | undefined): Promise<string> {
  const read = await readPolicy(Buffer.from(JSON.stringify(policy)), readKey);
  const found = read.requirementsOf(name === undefined ? undefined : parseReference(name));
  return found.map((one) => (one.kind === "reject" ? one.why : one.kind)).join();
}

const accept = [{ type: "insecureAcceptAnything" }];
const reject = [{ type: "reject" }];
const signed = [{ type: "sigstoreSigned", keyPath: "/k.pub" }];

describe("what a policy requires of a name", () => {
  const policy = {
    default: reject,
    transports: {
      docker: {
        "registry.example:5000/team/app:1": accept,
        "registry.example:5000/team": signed,
        "registry.example:5000": accept,
        "*.example": signed,
        "docker.io/library/busybox": accept,
      },
      "docker-daemon": { "": [{ type: "whatever this is" }] },
    },
  };
  test.each([
    ["registry.example:5000/team/app:1", "accept"],
    ["registry.example:5000/team/app:2", "signed"],
    ["registry.example:5000/teams/app:1", "accept"],
    ["registry.example:5001/team/app:1", "signed"],
    ["a.b.example/x", "signed"],
    ["example/x", "the policy rejects it"],
    ["busybox", "accept"],
    [`busybox:1@sha256:${"0".repeat(64)}`, "accept"],
    ["quay.io/x", "the policy rejects it"],
    [undefined, "the policy rejects it"],
  ])("stands under the longest part of %s: %s", async (name, kind) => {
    expect(await kindOf(policy, name)).toBe(kind);
  });

  test("stands under no name for all of the transport, and what is not checked here is refused plainly", async () => {
    const others = [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/x" }];
    const fulcio = [{ type: "sigstoreSigned", fulcio: { caPath: "/x" }, rekorPublicKeyPath: "/y" }];
    const docker = { "": accept, "quay.io": others, "ghcr.io": fulcio };
    const one = { default: reject, transports: { docker } };
    expect(await kindOf(one, "x.example/a")).toBe("accept");
    expect(await kindOf(one, "quay.io/a")).toMatch(/signedBy, signatures of GPG, which are not checked here/);
    expect(await kindOf(one, "ghcr.io/a")).toMatch(/sigstoreSigned with fulcio/);
  });

  test.each([
    ["no default", {}],
    ["an empty list", { default: [] }],
    ["an unknown type", { default: [{ type: "trustMe" }] }],
    ["an unknown key", { default: accept, transport: {} }],
    ["an unknown key of a requirement", { default: [{ type: "reject", but: "not me" }] }],
    ["no key", { default: [{ type: "sigstoreSigned" }] }],
    ["two keys", { default: [{ type: "sigstoreSigned", keyPath: "/a", keyData: "YQ==" }] }],
    ["an unknown identity", { default: [{ ...signed[0], signedIdentity: { type: "any" } }] }],
    [
      "an identity of the prototype",
      { default: [{ ...signed[0], signedIdentity: { type: "constructor" } }] },
    ],
  ])("is refused with %s", async (_, policy) => {
    await expect(kindOf(policy, "a")).rejects.toMatchObject({ code: "JSON_INVALID" });
  });
});

function toMap(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value));
}

describe("a signed name", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  test.each([
    [undefined, "r.io/a:1", "r.io/a:1", true],
    [undefined, "r.io/a", "r.io/a:1", false],
    [undefined, "r.io/a", `r.io/a@${digest}`, true],
    [undefined, "r.io/b", `r.io/a@${digest}`, false],
    [{ type: "matchExact" }, "r.io/a:1", "r.io/a:1", true],
    [{ type: "matchExact" }, "r.io/a:2", "r.io/a:1", false],
    [{ type: "matchRepository" }, "r.io/a", "r.io/a:1", true],
    [{ type: "matchRepository" }, "r.io/a:9", "r.io/a:1", true],
    [{ type: "matchRepository" }, "r.io/ab", "r.io/a:1", false],
    [{ type: "matchRepository" }, "busybox", "docker.io/library/busybox:1", true],
    [{ type: "exactReference", dockerReference: "r.io/x:1" }, "r.io/x:1", "q.io/y:2", true],
    [{ type: "exactReference", dockerReference: "r.io/x:1" }, "r.io/x", "q.io/y:2", false],
    [{ type: "exactRepository", dockerRepository: "r.io/x" }, "r.io/x:7", "q.io/y:2", true],
    [{ type: "remapIdentity", prefix: "mirror/m", signedPrefix: "r.io" }, "r.io/a:1", "mirror/m/a:1", false],
    [{ type: "remapIdentity", prefix: "m.io:5/m", signedPrefix: "r.io" }, "r.io/a:1", "m.io:5/m/a:1", true],
    [{ type: "remapIdentity", prefix: "m.io:5/m", signedPrefix: "r.io" }, "r.io/a:1", "m.io:5/mm/a:1", false],
    [{ type: "remapIdentity", prefix: "m.io", signedPrefix: "r.io" }, "r.io/a:1", "m.io/a:1", true],
    [{ type: "matchRepository" }, "not a name", "r.io/a:1", false],
    [{ type: "matchRepository" }, undefined, "r.io/a:1", false],
  ])("by %j: %s for %s is %s", (rule, text, name, fits) => {
    const why = readSignedIdentity(rule && toMap(rule))(text, parseReference(name));
    expect(why === undefined).toBe(fits);
  });
});
