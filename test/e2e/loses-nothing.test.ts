import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asArray, asObject, asString, parseJson } from "../../src/oci/json.ts";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { fetchDigest, fetchManifest, fetchTags } from "../helpers/registries/fetch-bytes.ts";
import type { RunningRegistry } from "../helpers/registries/registries.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const app = "sha256:4e1ee8f927390a4e8af03b6763a3129ab172207e4684b8e9ae0f87dce70f2d17";
const dock = "sha256:914352dbdd31766a7b71e1a473efd3ef7ceb79a4fcb88068f064971cbf3f1ad6";
const tool = "sha256:67c59710c71843d429e2e4e93c511c3bf6268014c655fa71a900b5d00f0b65ba";
const signed = "sha256:4b4cea02f1fc691d4f25a777cda7317f2cb60788379c93f0f3b8cf965341cb8f";
const signature = `sha256-${signed.slice("sha256:".length)}.sig`;
const signatureDigest = "sha256:04b296da53f6c96af462b5ec47883f797311af895b367fb737e23d017a0fe5bd";
const bundles = [
  "ctr-1.6.20-export/all.tar",
  "regctl-0.11.7-ocidir/signed",
  "oras-1.3.6-backup/signed-new-referrers.tar",
];
const names = ["library/app:1.0", "rancher/dock:v3", "rancher/tool:2.0", "site/signed:1.0", "site/new:1.0"];
/** A sigstore bundle and an SBOM, as oras backed them up. */
const referrers = [
  "sha256:4917be932c70c7858434de6cc2a77026cedecd3d95c8e3d13c5cc44b9fae071f",
  "sha256:b900d7984685384b51ca23fd6b4d513fe6e55cadb6fbbe144068372d635b0fba",
];

async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args);
  if (code !== 0) throw new Error(`${args.join(" ")}: ${code} ${stdout} ${stderr}`);
  return stdout;
}

/** What a registry lists as referring to a digest, by its interface or under the tag that stands in for it. */
async function listReferrers(host: string, repository: string, digest: string): Promise<string[]> {
  const response = await fetch(`http://${host}/v2/${repository}/referrers/${digest}`);
  const bytes = response.ok
    ? new Uint8Array(await response.arrayBuffer())
    : await fetchManifest(host, repository, digest.replace(":", "-"));
  const index = asObject(parseJson(bytes, { what: "referrers" }), "referrers");
  return asArray(index.get("manifests"), "manifests")
    .map((child) => asString(asObject(child, "referrer").get("digest"), "digest"))
    .sort();
}

describe("what was promised", () => {
  let source: RunningRegistry;

  beforeAll(async () => {
    source = await startTestRegistry();
  });
  afterAll(() => source.stop());

  /** Fills the source with what others have written, and saves all of it in both forms. */
  async function saveAll(): Promise<string> {
    const folder = await makeTempFolder();
    const [all = "", withTag = "", withReferrers = ""] = await Promise.all(bundles.map(unpackBundle));
    await run("--registry", source.host, "-q", all);
    await run("--registry", source.host, "-q", "--repository", "site/signed", withTag);
    await run("--registry", source.host, "-q", "--repository", "site/new", withReferrers);
    const saving = ["save", "-q", "--referrers", "--from", source.host, "--allow-missing", ...names];
    await run(...saving, "-o", join(folder, "all.tar.gz"));
    await run(...saving, "-o", join(folder, "{arch}.tar"), "--platform", "linux/amd64,linux/arm64");
    return folder;
  }

  describeRegistries("saved", (start) => {
    test.each([[["all.tar.gz"]], [["amd64.tar", "arm64.tar"]]])(
      "as %j and loaded it has its digests, signatures and referrers, and verify misses each that is taken away",
      async (files) => {
        const folder = await saveAll();
        const target = await start();
        try {
          const archives = files.map((file) => join(folder, file));
          await run("--registry", target.host, "-q", ...archives);
          const digests = await Promise.all(names.map((name) => fetchDigest(target.host, name)));
          expect(digests).toEqual([app, dock, tool, signed, signed]);
          expect(await fetchDigest(target.host, `site/signed:${signature}`)).toBe(signatureDigest);
          expect(await listReferrers(target.host, "site/new", signed)).toEqual(referrers);
          expect(await fetchTags(target.host, "rancher/tool")).toEqual(["2.0"]);
          for (const name of names) {
            const [repository = "", tag = ""] = name.split(":");
            expect(await fetchManifest(target.host, repository, tag)).toEqual(
              await fetchManifest(source.host, repository, tag),
            );
          }
          expect(await run("verify", target.host, "-q", ...archives)).toMatch(/\b0 failed/);
          const taken = [
            ["site/signed", signatureDigest],
            ...referrers.map((digest) => ["site/new", digest]),
            ...(await listChildren(target.host, "library/app", "1.0")).map((digest) => [
              "library/app",
              digest,
            ]),
          ];
          for (const [repository = "", digest = ""] of taken) {
            const type = "application/vnd.oci.image.manifest.v1+json";
            const bytes = await fetchManifest(target.host, repository, digest);
            const url = `http://${target.host}/v2/${repository}/manifests/`;
            const tags = await fetchTags(target.host, repository);
            const own: string[] = [];
            for (const tag of tags) {
              if ((await fetchDigest(target.host, `${repository}:${tag}`)) === digest) own.push(tag);
            }
            expect((await fetch(url + digest, { method: "DELETE" })).status).toBe(202);
            const { code, stdout } = await runCli(["verify", target.host, "-q", ...archives]);
            expect([digest, code, stdout]).toEqual([digest, 1, expect.stringContaining("FAIL")]);
            for (const reference of [digest, ...own]) {
              await fetch(url + reference, { method: "PUT", body: bytes, headers: { "content-type": type } });
            }
          }
          expect(await run("verify", target.host, "-q", ...archives)).toMatch(/\b0 failed/);
        } finally {
          await target.stop();
        }
      },
      120_000,
    );
  });
});

/** The manifests that a list names, attestations included. */
async function listChildren(host: string, repository: string, tag: string): Promise<string[]> {
  const index = asObject(parseJson(await fetchManifest(host, repository, tag), { what: "list" }), "list");
  return asArray(index.get("manifests"), "manifests").map((child) =>
    asString(asObject(child, "child").get("digest"), "digest"),
  );
}
