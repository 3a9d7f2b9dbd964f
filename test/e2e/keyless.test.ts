import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bundleFromJSON } from "@sigstore/bundle";
import { digestOf } from "../../src/oci/digest.ts";
import { keylessSigner } from "../../src/signature/images/keyless-signer.ts";
import type { SignerOutcome } from "../../src/signature/images/signer.ts";
import { signedContentOf } from "../../src/signature/images/signed-content.ts";
import { readTrustedRoot } from "../../src/signature/images/trusted-root.ts";
import { type Json, LayoutBuilder } from "../helpers/archives/layout-builder.ts";
import { type MadeSigstore, makeSigstore } from "../helpers/archives/made-sigstore.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { addBundle, addSimple, simpleSigning, statement } from "../helpers/archives/signed-layout.ts";
import { type CliResult, runCli } from "../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const signer = { identity: "builder@site.example", issuer: "https://id.site.example" };
const payloadType = "application/vnd.in-toto+json";

type Add = (layout: LayoutBuilder, image: Json) => Promise<void>;

/** A bundle with an envelope, under a certificate. */
function inEnvelope(made: MadeSigstore, as = signer, change: (bundle: Json) => Json = (same) => same): Add {
  return async (layout, image) => {
    const payload = statement(image["digest"]);
    const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
    const signed = await made.sign(Buffer.concat([Buffer.from(head), payload]), as);
    const signatures = [{ sig: signed.signature.toString("base64") }];
    const dsseEnvelope = { payload: payload.toString("base64"), payloadType, signatures };
    const material = await signed.material("dsse", payload);
    const bundle = change({ dsseEnvelope, verificationMaterial: material });
    addBundle(layout, image, bundle);
  };
}

/** Cosign's older form, everything in annotations. */
function inAnnotations(made: MadeSigstore, as = signer): Add {
  return async (layout, image) => {
    const payload = simpleSigning(image["digest"]);
    const signed = await made.sign(payload, as);
    addSimple(layout, image, payload, signed.signature, await signed.annotations(payload));
  };
}

async function load(root: string, add: Add, rules: readonly string[] = []): Promise<CliResult> {
  const layout = new LayoutBuilder();
  const image = await layout.image("one");
  layout.root(image, "registry.example/team/app:1");
  await add(layout, image);
  const folder = await makeTempFolder();
  await writeFile(join(folder, "root.json"), root);
  await writeFile(join(folder, "images.tar"), await layout.tar().build());
  const asked = rules.length
    ? rules
    : ["--certificate-identity", signer.identity, "--certificate-oidc-issuer", signer.issuer];
  const trust = ["--trusted-root", join(folder, "root.json"), ...asked];
  return runCli(["--dry-run", "--offline", ...trust, join(folder, "images.tar")]);
}

async function addNothing(): Promise<void> {}

describe("--trusted-root", () => {
  let made: MadeSigstore;
  let other: MadeSigstore;
  let timed: MadeSigstore;

  beforeAll(async () => {
    [made, other, timed] = await Promise.all([makeSigstore(), makeSigstore(), makeSigstore("authority")]);
  });

  test("lets in what was signed under an identity, in both forms, by log and by timestamp", async () => {
    expect(await load(made.root, inEnvelope(made))).toMatchObject({ code: 0 });
    expect(await load(made.root, inAnnotations(made))).toMatchObject({ code: 0 });
    expect(await load(timed.root, inEnvelope(timed))).toMatchObject({ code: 0 });
    const patterns = [
      "--certificate-identity-regexp",
      "@site[.]example$",
      "--certificate-oidc-issuer-regexp",
      "^https:",
    ];
    expect(await load(made.root, inEnvelope(made), patterns)).toMatchObject({ code: 0 });
  });

  test.each<[string, RegExp, () => Promise<CliResult>]>([
    [
      "another identity",
      /it is by evil@site\.example \(vouched for by https/,
      () => load(made.root, inEnvelope(made, { ...signer, identity: "evil@site.example" })),
    ],
    [
      "another issuer",
      /vouched for by https:\/\/evil/,
      () => load(made.root, inAnnotations(made, { ...signer, issuer: "https://evil.example" })),
    ],
    [
      "a part of the identity",
      /it is by builder@site\.example\.evil/,
      () => load(made.root, inEnvelope(made, { ...signer, identity: "builder@site.example.evil" })),
    ],
    ["certificates of another root", /does not prove it/, () => load(made.root, inEnvelope(other))],
    ["annotations of another root", /does not prove it/, () => load(made.root, inAnnotations(other))],
    [
      "no log entry where the root has a log",
      /does not prove it/,
      () =>
        load(
          made.root,
          inEnvelope(made, signer, (bundle) => withoutEntries(bundle)),
        ),
    ],
    [
      "no time at all",
      /does not prove it/,
      () =>
        load(
          timed.root,
          inEnvelope(timed, signer, (bundle) => withoutEntries(bundle)),
        ),
    ],
    [
      "another payload than was signed",
      /does not prove it/,
      () =>
        load(
          made.root,
          inEnvelope(made, signer, (bundle) => withPayload(bundle)),
        ),
    ],
    [
      "a key alone",
      /it has no certificate/,
      () =>
        load(
          made.root,
          inEnvelope(made, signer, (bundle) => ({
            ...bundle,
            verificationMaterial: { publicKey: { hint: "" } },
          })),
        ),
    ],
    [
      "a certificate that is none",
      /cannot be used|does not prove it/,
      () =>
        load(
          made.root,
          inEnvelope(made, signer, (bundle) => ({
            ...bundle,
            verificationMaterial: {
              ...(bundle["verificationMaterial"] as Json),
              certificate: { rawBytes: "AAAA" },
            },
          })),
        ),
    ],
  ])("refuses %s", async (_, why, run) => {
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([65, expect.stringMatching(why)]);
  });

  test("asks whose certificates are trusted, and for a root that is one", async () => {
    expect(await load(made.root, addNothing, ["--certificate-identity", "x"])).toMatchObject({ code: 64 });
    expect(await load(made.root, addNothing, ["--certificate-oidc-issuer", "x"])).toMatchObject({ code: 64 });
    const broken = ["--certificate-identity-regexp", "(", "--certificate-oidc-issuer", "x"];
    expect(await load(made.root, addNothing, broken)).toMatchObject({ code: 64 });
    expect(await load('{"tlogs":[]}', addNothing)).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("[TRUSTED_ROOT_INVALID]") as string,
    });
    expect(await load("[]", addNothing)).toMatchObject({ code: 78 });
  });
});

function withoutEntries(bundle: Json): Json {
  const { certificate } = bundle["verificationMaterial"] as Json;
  return { ...bundle, verificationMaterial: { certificate, tlogEntries: [] } };
}

function withPayload(bundle: Json): Json {
  const payload = statement(digestOf("another")).toString("base64");
  return { ...bundle, dsseEnvelope: { ...(bundle["dsseEnvelope"] as Json), payload } };
}

describe("a bundle of the public instance, as npm has it for sigstore 2.0.0", () => {
  const identity = "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main";
  const issuer = "https://token.actions.githubusercontent.com";

  function verify(change: (bundle: Json) => Json = (same) => same, who = identity): SignerOutcome {
    const root = readTrustedRoot(readFileSync(samplePath("signed/keyless/public-good.json")));
    if (typeof root === "string") throw new Error(root);
    const json = JSON.parse(readFileSync(samplePath("signed/keyless/provenance.json"), "utf8")) as Json;
    const bundle = bundleFromJSON(change(json));
    const signature = { form: "sigstore bundle", holder: digestOf("x"), bundle } as const;
    const content = signedContentOf(signature, { digest: digestOf("x"), bytes: Buffer.from("x") });
    const rules = { identity: (text: string) => text === who, issuer: (text: string) => text === issuer };
    return keylessSigner(root, rules).verify(signature, content);
  }

  test("is by the workflow that made it, and by no other", () => {
    expect(verify()).toEqual({ by: `${identity} (vouched for by ${issuer})` });
    expect(verify(undefined, `${identity}x`)).toEqual({ why: expect.stringContaining(identity) as string });
  });

  test("is nobody's once it is changed", () => {
    expect(verify(withPayload)).toEqual({ why: expect.stringContaining("does not prove it") as string });
  });
});
