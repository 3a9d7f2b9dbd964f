import { readFile } from "node:fs/promises";
import { type Digest, digestHex, digestOf, parseDigest } from "../../../src/oci/digest.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { buildIndex, buildManifest, type Manifest, parseManifest } from "../../../src/oci/manifest.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { unpackBundle } from "../archives/real-bundles.ts";
import { samplePath } from "../archives/samples.ts";
import { makeKey, signBytes, simpleSigning } from "../archives/signed-layout.ts";
import { runCli } from "../processes/run-cli.ts";
import { pushBlobRaw, pushManifestRaw } from "../registries/push-raw.ts";
import { startTestRegistry, type TestRegistry } from "../registries/test-registry.ts";

const app = "sha256:4e1ee8f927390a4e8af03b6763a3129ab172207e4684b8e9ae0f87dce70f2d17";
const dock = "sha256:914352dbdd31766a7b71e1a473efd3ef7ceb79a4fcb88068f064971cbf3f1ad6";
/** A list of two images, which cosign has signed. */
const signed = parseDigest("sha256:4b4cea02f1fc691d4f25a777cda7317f2cb60788379c93f0f3b8cf965341cb8f");
const child = parseDigest("sha256:85549de2ea48fc18ba2371c84d4f5c7f05f7643f387341b680cafc8be33755e1");

/** Where signatures stand, and whose they are. */
export interface PromisedSignature {
  readonly repository: string;
  readonly subject: Digest;
  readonly pem: string;
  readonly form: "simple signing" | "sigstore bundle";
}

/** A registry with one of everything whose digest was promised. */
export interface PromisedSource {
  readonly registry: TestRegistry;
  readonly storage: MemoryStorage;
  /** What is to be saved: by tag, by digest and by both. */
  readonly names: readonly string[];
  readonly signatures: readonly PromisedSignature[];
}

/** Fills a registry with what others have written and signed, byte for byte. */
export async function startPromisedSource(): Promise<PromisedSource> {
  const storage = new MemoryStorage();
  const registry = await startTestRegistry({ storage });
  const load = (...args: readonly string[]): Promise<void> => run("--registry", registry.host, "-q", ...args);
  await load(await unpackBundle("ctr-1.6.20-export/all.tar"));
  await load("--repository", "site/signed", samplePath("signed/simple.tar"));
  await load("--repository", "site/new", await unpackBundle("oras-1.3.6-backup/signed-new-referrers.tar"));
  await run(
    "copy",
    "-q",
    `docker://${registry.host}/rancher/dock:v3`,
    `docker://${registry.host}/by/digest@${dock}`,
  );
  const pem = await signChild(registry.url);
  await pushFile(registry.url, "charts/web", "1.2.0", chart);
  const policy = await pushFile(registry.url, "site/policy", "3", file("a policy"));
  await attachIndex(registry.url, policy);
  return {
    registry,
    storage,
    names: [
      `library/app:1.0@${app}`,
      "rancher/dock:v3",
      `by/digest@${dock}`,
      "rancher/tool:2.0",
      "site/signed:1.0",
      "site/new:1.0",
      "charts/web:1.2.0",
      "site/policy:3",
    ],
    signatures: [
      { repository: "site/signed", subject: signed, pem: await readKey("p256"), form: "simple signing" },
      { repository: "site/signed", subject: child, pem, form: "simple signing" },
      { repository: "site/new", subject: signed, pem: await readKey("cosign"), form: "sigstore bundle" },
    ],
  };
}

async function run(...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runCli(args);
  if (code !== 0) throw new Error(`${args.join(" ")}: ${code} ${stdout} ${stderr}`);
}

function readKey(name: string): Promise<string> {
  return readFile(samplePath(`signed/${name}.pub`), "utf8");
}

interface Content {
  readonly mediaType: string;
  readonly text: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface File {
  readonly config: Content;
  readonly layer: Content;
}

function file(text: string): File {
  return {
    config: { mediaType: "application/vnd.oci.empty.v1+json", text: "{}" },
    layer: { mediaType: "application/vnd.example.policy", text },
  };
}

const chart: File = {
  config: { mediaType: "application/vnd.cncf.helm.config.v1+json", text: '{"name":"web","version":"1.2.0"}' },
  layer: { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", text: "a chart" },
};

/** Signs one image of the signed list, as cosign does: under a tag of its digest. Gives the public key. */
async function signChild(url: string): Promise<string> {
  const key = makeKey();
  const payload = simpleSigning(child, "site/signed");
  const signature = signBytes(key, payload).toString("base64");
  const rootfs = { type: "layers", diff_ids: [digestOf(payload)] };
  await pushFile(url, "site/signed", `sha256-${digestHex(child)}.sig`, {
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      text: JSON.stringify({ architecture: "", os: "", config: {}, rootfs }),
    },
    layer: {
      mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
      text: payload.toString(),
      annotations: { "dev.cosignproject.cosign/signature": signature },
    },
  });
  return key.pem;
}

async function pushFile(url: string, repository: string, tag: string, parts: File): Promise<Manifest> {
  const config = await pushContent(url, repository, parts.config);
  const manifest = buildManifest("oci", config, [await pushContent(url, repository, parts.layer)]);
  await pushManifestRaw(url, repository, tag, manifest);
  return manifest;
}

async function pushContent(
  url: string,
  repository: string,
  { mediaType, text, annotations = {} }: Content,
): Promise<Descriptor> {
  const { digest } = await pushBlobRaw(url, repository, text);
  return {
    mediaType,
    digest,
    size: Buffer.byteLength(text),
    annotations: new Map(Object.entries(annotations)),
  };
}

/** An index about an artifact, as some attach several files at once. */
async function attachIndex(url: string, { descriptor }: Manifest): Promise<void> {
  const { mediaType, digest, size } = descriptor;
  const part = await pushFile(url, "site/policy", "part", file("a signature of another kind"));
  await fetch(`${url}/v2/site/policy/manifests/part`, { method: "DELETE" });
  const { bytes } = buildIndex("oci", [part.descriptor]);
  const document = { ...JSON.parse(Buffer.from(bytes).toString()), subject: { mediaType, digest, size } };
  const index = parseManifest(Buffer.from(JSON.stringify(document)), "the index");
  await pushManifestRaw(url, "site/policy", index.descriptor.digest, index);
}
