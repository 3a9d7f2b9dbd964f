import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Digest } from "../../src/oci/digest.ts";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findDifferences } from "../helpers/promised/find-differences.ts";
import { type PromisedSource, startPromisedSource } from "../helpers/promised/promised-source.ts";
import { listStoredParts, without } from "../helpers/promised/stored-parts.ts";
import { verifyByCosign, verifyByOpenssl } from "../helpers/promised/verify-signatures.ts";
import { missingDockerRegistry, startDockerRegistry } from "../helpers/registries/docker-registry.ts";
import { fetchDigest, fetchTags } from "../helpers/registries/fetch-bytes.ts";
import { startServeProcess } from "../helpers/registries/serve-process.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

interface Target {
  readonly host: string;
  /** Where it keeps what it has. */
  readonly storageDir: string;
  stop(): Promise<unknown>;
}

const targets: readonly {
  readonly title: string;
  readonly missing: string | undefined;
  readonly start: () => Promise<Target>;
}[] = [
  { title: "docker-registry", missing: missingDockerRegistry, start: () => startDockerRegistry() },
  {
    title: "serve",
    missing: undefined,
    start: async () => {
      const storageDir = await makeTempFolder();
      const served = await startServeProcess(storageDir);
      return { host: served.host, storageDir, stop: () => served.stop() };
    },
  },
];

const forms = ["one archive", "one archive an architecture", "a folder"] as const;

let source: PromisedSource;
beforeEach(async () => {
  source = await startPromisedSource();
});
afterEach(() => source.registry.stop());

async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args);
  if (code !== 0) throw new Error(`${args.join(" ")}: ${code} ${stdout} ${stderr}`);
  return stdout;
}

/** Saves all that the source has; gives what is to be loaded, as a user would name it. */
async function save(form: (typeof forms)[number]): Promise<readonly string[]> {
  const folder = await makeTempFolder();
  const { registry, names } = source;
  const saving = ["save", "-q", "--referrers", "--from", registry.host, "--allow-missing", ...names];
  if (form === "one archive an architecture") {
    await run(...saving, "-o", join(folder, "{arch}.tar"), "--platform", "linux/amd64,linux/arm64");
    return [join(folder, "amd64.tar"), join(folder, "arm64.tar")];
  }
  const archive = join(folder, "all.tar.gz");
  await run(...saving, "-o", archive);
  if (form === "one archive") return [archive];
  await run("--to", join(folder, "images"), "-q", archive);
  return [join(folder, "images")];
}

describe.each(forms)("what was promised, in %s", (form) => {
  for (const { title, missing, start } of targets) {
    describeWith(missing ?? findMissing("openssl"), `loaded into ${title}`, () => {
      test("is there byte for byte, and its signatures hold", async () => {
        const archives = await save(form);
        const target = await start();
        try {
          await run("--registry", target.host, "-q", ...archives);
          expect(await findDifferences(source.storage, target.host)).toEqual([]);
          expect(await run("verify", target.host, "-q", ...archives)).toMatch(/\b0 failed/);
          for (const signature of source.signatures) {
            expect([signature, await verifyByOpenssl(target.host, signature)]).toEqual([signature, true]);
          }
          const again = await run("--registry", target.host, "-q", ...archives);
          expect(again).toMatch(/: 0 new, \d+ unchanged/);
        } finally {
          await target.stop();
        }
      });
    });
  }
});

describeWith(findMissing("cosign"), "by cosign", () => {
  test("signatures hold at the target", async () => {
    const archives = await save("one archive an architecture");
    const target = await startServeProcess(await makeTempFolder());
    try {
      await run("--registry", target.host, "-q", ...archives);
      for (const signature of source.signatures) {
        expect(await verifyByCosign(target.host, signature)).toContain(signature.subject);
      }
    } finally {
      await target.stop();
    }
  });
});

describe("verify", () => {
  for (const { title, missing, start } of targets) {
    describeWith(missing, `against ${title}`, () => {
      test("fails when any tag, manifest or blob is taken away", async () => {
        const archives = await save("one archive");
        const target = await start();
        try {
          await run("--registry", target.host, "-q", ...archives);
          const cache = ["--cache-dir", await makeTempFolder()];
          const verify = (): ReturnType<typeof runCli> =>
            runCli(["verify", target.host, "-q", ...cache, ...archives]);
          expect(await verify()).toMatchObject({ code: 0 });
          const needed = await listNeeded(target.host);
          const parts = (await listStoredParts(target.storageDir)).filter(
            ({ title: part }) => !part.includes(" revisions ") || needed.has(part),
          );
          expect(parts.length).toBeGreaterThan(80);
          for (const part of parts) {
            const { code, stdout } = await without(part, verify);
            expect([part.title, code, stdout]).toEqual([part.title, 1, expect.stringContaining("FAIL")]);
          }
          expect(await verify()).toMatchObject({ code: 0 });
        } finally {
          await target.stop();
        }
      });
    });
  }
});

/** Everything that the source has or a tag names: distribution keeps lists of referrers that others have replaced as well. */
async function listNeeded(host: string): Promise<ReadonlySet<string>> {
  const { storage } = source;
  const needed = new Set<string>();
  for (const repository of await storage.listRepositories()) {
    const tags = await fetchTags(host, repository);
    const tagged = await Promise.all(tags.map((tag) => fetchDigest(host, `${repository}:${tag}`)));
    for (const digest of [...(await storage.listManifests(repository)), ...tagged]) {
      needed.add(`${repository} revisions ${digest?.replace("sha256:", "")}`);
    }
  }
  return needed;
}

const list = "sha256:4b4cea02f1fc691d4f25a777cda7317f2cb60788379c93f0f3b8cf965341cb8f" as Digest;
const halves = ["ctr-1.6.20-export/signed-amd64.tar", "ctr-1.6.20-export/signed-arm64.tar"];

describeWith(
  findMissing("openssl"),
  "what others have packed comes out with its digest and its signature",
  () => {
    test.each([
      ["hauler, by a tag", ["hauler-2.1.0-dev/haul-signed.tar.zst"], "simple signing", []],
      ["cosign", ["cosign-3.1.2-save/signed"], "simple signing", ["--name", "site/signed:1.0"]],
      [
        "oras, by a tag",
        ["oras-1.3.6-backup/signed-all.tar"],
        "simple signing",
        ["--repository", "site/signed"],
      ],
      [
        "oras, by a referrer",
        ["oras-1.3.6-backup/signed-new-referrers.tar"],
        "sigstore bundle",
        ["--repository", "site/signed"],
      ],
      ["regctl", ["regctl-0.11.7-ocidir/signed"], "simple signing", ["--repository", "site/signed"]],
      ["ctr, in halves", halves, undefined, []],
    ] as const)("%s", async (_, bundles, form, options) => {
      const archives = await Promise.all(bundles.map(unpackBundle));
      await using target = await startTestRegistry();
      await run("--registry", target.host, "-q", ...options, ...archives);
      expect(await fetchDigest(target.host, "site/signed:1.0")).toBe(list);
      expect(await run("verify", target.host, "-q", ...options, ...archives)).toMatch(/\b0 failed/);
      const pem = await readFile(samplePath("signed/cosign.pub"), "utf8");
      const promised = form && { repository: "site/signed", subject: list, pem, form };
      expect(promised === undefined || (await verifyByOpenssl(target.host, promised))).toBe(true);
    });
  },
);
