import { constants, sign } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Json, LayoutBuilder } from "../helpers/archives/layout-builder.ts";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import {
  addBundle,
  addSimple,
  envelope,
  makeKey,
  signBytes,
  simpleSigning,
  statement,
  type TestKey,
} from "../helpers/archives/signed-layout.ts";
import { type CliResult, runCli } from "../helpers/processes/run-cli.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const signed = "sha256:4b4cea02f1fc691d4f25a777cda7317f2cb60788379c93f0f3b8cf965341cb8f";
const simple = samplePath("signed/simple.tar");
const bundles = samplePath("signed/bundles.tar");
const app = ["--repository", "site/app"];

function requiring(...keys: readonly string[]): string[] {
  return keys.flatMap((key) => ["--require-signature", samplePath(`signed/${key}.pub`)]);
}

describe("--require-signature, of what cosign has signed", () => {
  test.each(
    ["p256", "p384", "rsa", "ed"].flatMap((key) => [
      [key, "simple signing", simple],
      [key, "a bundle with an envelope", bundles],
    ]),
  )("lets in what %s has signed in the form of %s", async (key = "", _, archive = "") => {
    await using registry = await startTestRegistry();
    const { code, stderr } = await runCli(["--registry", registry.host, ...app, ...requiring(key), archive]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
    expect((await registry.readTag("site/app", "1.0"))?.descriptor.digest).toBe(signed);
  });

  test.each([
    ["a bundle with a signature of the manifest itself", samplePath("signed/messages.tar"), "p256"],
    ["an archive of cosign 3.1", "cosign-3.1.2-save/signed", "cosign"],
    ["a bundle of cosign 3.1", "oras-1.3.6-backup/signed-new-referrers.tar", "cosign"],
    ["hauler's archive", "hauler-2.1.0-dev/haul-signed.tar.zst", "cosign"],
  ])("lets in %s", async (_, archive, key) => {
    const path = archive.startsWith("/") ? archive : await unpackBundle(archive);
    const naming = archive.startsWith("cosign") ? ["--name", "site/app:1.0"] : app;
    const offline = ["--dry-run", "--offline", ...requiring(key), path];
    expect((await runCli([...naming, ...offline])).code).toBe(0);
    const { code, stderr } = await runCli(
      [...naming, "--dry-run", "--offline", ...requiring("rsa"), path].flat(),
    );
    expect([code, stderr]).toEqual([65, expect.stringContaining("[SIGNATURE_INVALID]")]);
  });

  test("takes any of several keys, and refuses by none before anything is sent", async () => {
    await using registry = await startTestRegistry();
    const load = (...keys: string[]): Promise<CliResult> =>
      runCli(["--registry", registry.host, ...app, ...requiring(...keys), simple]);
    expect(await load("cosign")).toMatchObject({ code: 65 });
    expect(sentTo(registry)).toEqual([]);
    expect(await load("cosign", "ed")).toMatchObject({ code: 0 });
  });

  test("tells all that is not signed at once", async () => {
    const archives = ["a", "b"].map(async (name) => {
      const layout = new LayoutBuilder();
      layout.root(await layout.image(name), `registry.example/${name}/app:1`);
      return writeArchive(layout);
    });
    const { code, stderr } = await runCli([
      "--dry-run",
      "--offline",
      ...requiring("rsa"),
      ...(await Promise.all(archives)),
    ]);
    expect(code).toBe(65);
    expect(stderr).toContain("[SIGNATURE_MISSING]: Cannot trust 2 images, and nothing was sent:");
    expect(stderr).toMatch(/ - a\/app:1: sha256:\w+ is not signed\n {2}- b\/app:1: sha256:\w+ is not signed/);
  });

  test("refuses a key that is none", async () => {
    const { code, stderr } = await runCli(["--dry-run", "--offline", "--require-signature", simple, simple]);
    expect([code, stderr]).toEqual([78, expect.stringContaining("[SIGNATURE_KEY_INVALID]")]);
  });
});

function sentTo(registry: TestRegistry): string[] {
  return registry.requests
    .filter(({ method, url }) => method === "PUT" || url.includes("digest="))
    .map(({ url }) => url);
}

async function writeArchive(layout: LayoutBuilder): Promise<string> {
  const path = join(await makeTempFolder(), "images.tar");
  await writeFile(path, await layout.tar().build());
  return path;
}

/** Loads one image, signed in some way, without a registry. */
async function tryImage(
  key: TestKey,
  add: (layout: LayoutBuilder, image: Json, other: Json) => void,
): Promise<CliResult> {
  const layout = new LayoutBuilder();
  const image = await layout.image("one");
  const other = await layout.image("other");
  layout.root(image, "registry.example/team/app:1");
  add(layout, image, other);
  const keyFile = join(await makeTempFolder(), "key.pub");
  await writeFile(keyFile, key.pem);
  return runCli(["--dry-run", "--offline", "--require-signature", keyFile, await writeArchive(layout)]);
}

const key = makeKey();
const rsa = makeKey("rsa");
const wrong = makeKey();

describe("a signature made for this test", () => {
  test.each<[string, TestKey, (layout: LayoutBuilder, image: Json) => void]>([
    [
      "by simple signing",
      key,
      (layout, image) => {
        const payload = simpleSigning(image["digest"]);
        addSimple(layout, image, payload, signBytes(key, payload));
      },
    ],
    [
      "in an envelope",
      key,
      (layout, image) => addBundle(layout, image, envelope(key, statement(image["digest"]))),
    ],
    [
      "beside others that are no good",
      key,
      (layout, image) => {
        addBundle(layout, image, envelope(wrong, statement(image["digest"])));
        addBundle(layout, image, { messageSignature: "nonsense" });
        addBundle(layout, image, envelope(key, statement(image["digest"])));
      },
    ],
  ])("%s is good", async (_, by, add) => {
    expect(await tryImage(by, add)).toMatchObject({ code: 0 });
  });

  test.each<[string, RegExp, TestKey, (layout: LayoutBuilder, image: Json, other: Json) => void]>([
    [
      "by another key",
      /by none of the keys/,
      key,
      (layout, image) => {
        const payload = simpleSigning(image["digest"]);
        addSimple(layout, image, payload, signBytes(wrong, payload));
      },
    ],
    [
      "of another payload",
      /by none of the keys/,
      key,
      (layout, image) => {
        const payload = simpleSigning(image["digest"]);
        addSimple(
          layout,
          image,
          payload,
          signBytes(key, simpleSigning(image["digest"], "registry.example/evil")),
        );
      },
    ],
    [
      "of another image",
      /it is for another image, \w{12}/,
      key,
      (layout, image, other) => {
        const payload = simpleSigning(other["digest"]);
        addSimple(layout, image, payload, signBytes(key, payload));
      },
    ],
    [
      "of another image in an envelope",
      /it is for another image/,
      key,
      (layout, image, other) => addBundle(layout, image, envelope(key, statement(other["digest"]))),
    ],
    [
      "that attests something else",
      /no signature of an image/,
      key,
      (layout, image) =>
        addBundle(layout, image, envelope(key, statement(image["digest"], "https://slsa.dev/provenance/v1"))),
    ],
    [
      "of a payload of another type",
      /no signature of an image/,
      key,
      (layout, image) => {
        const payload = simpleSigning(image["digest"], "a/b", { type: "atomic container signature" });
        addSimple(layout, image, payload, signBytes(key, payload));
      },
    ],
    [
      "of an envelope of another type",
      /no signature of an image/,
      key,
      (layout, image) => addBundle(layout, image, envelope(key, statement(image["digest"]), "text/plain")),
    ],
    [
      "whose envelope's type was changed",
      /by none of the keys/,
      key,
      (layout, image) => {
        const { dsseEnvelope } = envelope(key, statement(image["digest"]), "text/plain") as {
          dsseEnvelope: Json;
        };
        addBundle(layout, image, {
          dsseEnvelope: { ...dsseEnvelope, payloadType: "application/vnd.in-toto+json" },
        });
      },
    ],
    [
      "of another manifest itself",
      /by none of the keys/,
      key,
      (layout, image, other) => {
        const signature = signBytes(key, Buffer.from(JSON.stringify(layout.read(other)))).toString("base64");
        const digest = Buffer.from(String(image["digest"]).slice(7), "hex").toString("base64");
        addBundle(layout, image, {
          messageSignature: { messageDigest: { algorithm: "SHA2_256", digest }, signature },
        });
      },
    ],
    [
      "of the digest's text alone",
      /by none of the keys/,
      key,
      (layout, image) => {
        addSimple(
          layout,
          image,
          simpleSigning(image["digest"]),
          signBytes(key, Buffer.from(String(image["digest"]))),
        );
      },
    ],
    [
      "that is empty",
      /by none of the keys/,
      key,
      (layout, image) => addSimple(layout, image, simpleSigning(image["digest"]), Buffer.alloc(0)),
    ],
    [
      "over another hash",
      /by none of the keys/,
      key,
      (layout, image) => {
        const payload = simpleSigning(image["digest"]);
        addSimple(layout, image, payload, signBytes({ ...key, hash: "sha1" }, payload));
      },
    ],
    [
      "with another padding than cosign's",
      /by none of the keys/,
      rsa,
      (layout, image) => {
        const payload = simpleSigning(image["digest"]);
        addSimple(
          layout,
          image,
          payload,
          sign("sha256", payload, { key: rsa.secret, padding: constants.RSA_PKCS1_PSS_PADDING }),
        );
      },
    ],
    [
      "by the public key as if it were a shared secret",
      /by none of the keys/,
      rsa,
      (layout, image) => {
        const payload = simpleSigning(image["digest"]);
        addSimple(layout, image, payload, Buffer.from(rsa.pem));
      },
    ],
    [
      "of a payload that names two images",
      /given twice/,
      key,
      (layout, image, other) => {
        const text = simpleSigning(image["digest"]).toString();
        const payload = Buffer.from(
          text.replace(
            '"image":',
            `"image":{"docker-manifest-digest":"${String(other["digest"])}"},"image":`,
          ),
        );
        addSimple(layout, image, payload, signBytes(key, payload));
      },
    ],
    [
      "that is too large",
      /want at most/,
      key,
      (layout, image) => {
        const payload = Buffer.concat([simpleSigning(image["digest"]), Buffer.alloc(2 << 20, " ")]);
        addSimple(layout, image, payload, signBytes(key, payload));
      },
    ],
    [
      "in a bundle that is none",
      /its bundle cannot be used/,
      key,
      (layout, image) => addBundle(layout, image, { dsseEnvelope: 1 }),
    ],
    [
      "in a bundle with two signatures",
      /its bundle cannot be used/,
      key,
      (layout, image) => {
        const { dsseEnvelope } = envelope(key, statement(image["digest"])) as {
          dsseEnvelope: { signatures: Json[] };
        };
        const signatures = [...dsseEnvelope.signatures, ...dsseEnvelope.signatures];
        addBundle(layout, image, { dsseEnvelope: { ...dsseEnvelope, signatures } });
      },
    ],
  ])("%s is refused", async (_, why, by, add) => {
    const { code, stderr } = await tryImage(by, add);
    expect([code, stderr]).toEqual([65, expect.stringMatching(why)]);
    expect(stderr).toContain("[SIGNATURE_INVALID]");
  });
});

async function keyFile(): Promise<string> {
  const path = join(await makeTempFolder(), "key.pub");
  await writeFile(path, key.pem);
  return path;
}

/** Archives of one platform each, of which some are signed. */
async function archives(signed: readonly string[]): Promise<string[]> {
  return Promise.all(
    ["amd64", "arm64"].map(async (architecture) => {
      const layout = new LayoutBuilder();
      const image = await layout.image(architecture, architecture);
      layout.root(image, "registry.example/team/app:1");
      const payload = simpleSigning(image["digest"]);
      if (signed.includes(architecture)) addSimple(layout, image, payload, signBytes(key, payload));
      return writeArchive(layout);
    }),
  );
}

describe("a list that is made here", () => {
  test("needs a signature for each image, and is told as made here", async () => {
    await using registry = await startTestRegistry();
    const report = join(await makeTempFolder(), "report");
    const base = ["--registry", registry.host, "--require-signature", await keyFile()];
    const args = [...base, "--report", `${report}.json`, "--report", `${report}.html`, "--json"];
    const { code, stdout, stderr } = await runCli([...args, ...(await archives(["amd64", "arm64"]))]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining("its list is made here and signed by nobody"),
    ]);
    const { images } = JSON.parse(stdout) as {
      images: { madeHere?: boolean; signatures?: { signer?: string }[] }[];
    };
    expect(images[0]).toMatchObject({ madeHere: true, signatures: [{}, {}] });
    expect(await readFile(`${report}.html`, "utf8")).toMatch(
      /made here, the list itself is signed by nobody[^]*by \S+key\.pub/,
    );
    expect(images[0]?.signatures?.every(({ signer }) => /key\.pub \(ECDSA P-256/.test(signer ?? ""))).toBe(
      true,
    );
  });

  test("is refused where one of its images is not signed", async () => {
    await using registry = await startTestRegistry();
    const base = ["--registry", registry.host, "--require-signature", await keyFile()];
    const { code, stderr } = await runCli([...base, ...(await archives(["amd64"]))]);
    expect([code, stderr]).toEqual([
      65,
      expect.stringMatching(/team\/app:1 linux\/arm64: sha256:\w+ is not signed/),
    ]);
    expect(sentTo(registry)).toEqual([]);
  });

  test("is asked for the images that it keeps of the list in the registry", async () => {
    await using registry = await startTestRegistry();
    const [amd64 = "", arm64 = ""] = await archives(["arm64"]);
    await runCli(["--registry", registry.host, amd64]);
    const base = ["--registry", registry.host, "--require-signature", await keyFile()];
    const { code, stderr } = await runCli([...base, arm64]);
    expect([code, stderr]).toEqual([
      65,
      expect.stringContaining("linux/amd64 of the list in the registry: sha256:"),
    ]);
    const [, signedArm64 = ""] = await archives(["arm64"]);
    expect((await runCli([...base, "--on-existing", "replace", signedArm64])).code).toBe(0);
  });

  test("is no way in for what docker save has without manifests", async () => {
    const { code, stderr } = await runCli([
      "--dry-run",
      "--offline",
      ...requiring("rsa"),
      samplePath("docker20/images-arm.tar.gz"),
    ]);
    expect([code, stderr]).toEqual([
      65,
      expect.stringContaining("its manifest is made here, so nobody can have signed it"),
    ]);
  });
});

/** A registry with one image that is signed, and one with its signature under the other's digest. */
async function startSigned(): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  for (const [archive, name] of [
    [simple, "site/app"],
    [bundles, "site/bundled"],
  ]) {
    await runCli(["--registry", registry.host, "--repository", name ?? "", archive ?? ""]);
  }
  await runCli([
    "--registry",
    registry.host,
    "--name",
    "site/plain:1.0",
    await unpackBundle("crane-0.22.1-pull-tarball/by-digest.tar"),
  ]);
  return registry;
}

describe("signatures in a registry", () => {
  test.each(["p256", "ed"])(
    "let sync and copy bring what %s has signed, and verify passes it",
    async (key) => {
      await using registry = await startSigned();
      const to = `${registry.host}/copy`;
      const names = ["site/app:1.0", "site/bundled:1.0"];
      const synced = await runCli([
        "sync",
        "--from",
        registry.host,
        "--to",
        to,
        "--referrers",
        ...requiring(key),
        ...names,
      ]);
      expect(synced.code).toBe(0);
      const from = `docker://${registry.host}/site/bundled:1.0`;
      const copied = await runCli(["copy", "--referrers", ...requiring(key), from, `docker://${to}/one:1`]);
      expect([copied.code, copied.stderr]).toEqual([
        0,
        expect.stringContaining(`is signed by ${samplePath(`signed/${key}.pub`)}`),
      ]);
      const verified = await runCli(["verify", to, "--image-list", "-", ...requiring(key)], {
        input: names.join("\n"),
      });
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining("signed by")]);
    },
  );

  test("keep what nobody or another has signed from being copied, all told at once", async () => {
    await using registry = await startSigned();
    const before = registry.requests.length;
    const names = ["site/app:1.0", "site/bundled:1.0", "site/plain:1.0"];
    const failed = join(await makeTempFolder(), "failed.txt");
    const run = ["sync", "--from", registry.host, "--to", `${registry.host}/copy`, "--failed-list", failed];
    const { code, stderr } = await runCli([...run, ...requiring("cosign"), ...names]);
    expect(await readFile(failed, "utf8")).toBe(names.map((name) => `docker.io/${name}\n`).join(""));
    expect([code, stderr]).toEqual([
      65,
      expect.stringContaining("Cannot trust 3 images, and nothing was sent"),
    ]);
    expect(registry.requests.slice(before).filter(({ method }) => method === "PUT")).toEqual([]);
    const from = `docker://${registry.host}/site/plain:1.0`;
    const copied = await runCli(["copy", ...requiring("p256"), from, `docker://${registry.host}/copy:1`]);
    expect([copied.code, copied.stderr]).toEqual([65, expect.stringContaining("[SIGNATURE_MISSING]")]);
  });

  test("fail verify where they are missing or of another image", async () => {
    await using registry = await startSigned();
    const plain = await registry.readTag("site/plain", "1.0");
    const holder = await registry.readTag("site/app", `${signed.replace(":", "-")}.sig`);
    if (!plain || !holder) throw new Error("the samples are not there");
    const check = (): Promise<CliResult> =>
      runCli(["verify", registry.host, "--image-list", "-", ...requiring("p256")], {
        input: "site/plain:1.0",
      });
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("is not signed") as string,
    });
    const to = `docker://${registry.host}/site/plain:${plain.descriptor.digest.replace(":", "-")}.sig`;
    await runCli(["copy", `docker://${registry.host}/site/app:${signed.replace(":", "-")}.sig`, to]);
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("it is for another image") as string,
    });
  });

  test("are copied with one platform only where that has one of its own", async () => {
    await using registry = await startSigned();
    const from = `docker://${registry.host}/site/app:1.0`;
    const run = [
      "copy",
      "--platform",
      "linux/amd64",
      ...requiring("p256"),
      from,
      `docker://${registry.host}/copy:1`,
    ];
    expect(await runCli(run)).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("is not signed") as string,
    });
  });
});

test("a report tells what is signed where nobody has asked for it, and that it was not looked at", async () => {
  await using registry = await startTestRegistry();
  const page = join(await makeTempFolder(), "report.html");
  const { stdout } = await runCli(["--registry", registry.host, ...app, "--json", "--report", page, simple]);
  const { images } = JSON.parse(stdout) as { images: { madeHere: boolean; signatures: object[] }[] };
  const { digest } =
    (await registry.readTag("site/app", `${signed.replace(":", "-")}.sig`))?.descriptor ?? {};
  expect(images[0]).toMatchObject({ madeHere: false, signatures: [{ subject: signed, digest }] });
  expect(images[0]?.signatures).toHaveLength(1);
  const html = await readFile(page, "utf8");
  expect(html).toContain("<h2>Signatures</h2>");
  expect(html).toContain("not looked at");
});
