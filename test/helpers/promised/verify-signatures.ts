import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestHex } from "../../../src/oci/digest.ts";
import { type Manifest, parseManifest } from "../../../src/oci/manifest.ts";
import { samplePath } from "../archives/samples.ts";
import { fetchBlob, fetchManifest } from "../registries/fetch-bytes.ts";
import { makeTempFolder } from "../temp-folder.ts";
import { listReferrers } from "./find-differences.ts";
import type { PromisedSignature } from "./promised-source.ts";

interface Signed {
  readonly content: Uint8Array;
  readonly signature: Buffer;
}

/** Whether openssl finds that the key has signed the subject, by what the registry gives. */
export async function verifyByOpenssl(host: string, promised: PromisedSignature): Promise<boolean> {
  const all = await (promised.form === "simple signing" ? readSimple : readBundles)(host, promised);
  const folder = await makeTempFolder();
  const path = (name: string): string => join(folder, name);
  await writeFile(path("key"), promised.pem);
  for (const { content, signature } of all.filter(({ content }) => speaksOf(content, promised))) {
    await writeFile(path("content"), content);
    await writeFile(path("signature"), signature);
    const args = [
      "dgst",
      "-sha256",
      "-verify",
      path("key"),
      "-signature",
      path("signature"),
      path("content"),
    ];
    const outcome = await promisify(execFile)("openssl", args).catch(() => undefined);
    if (outcome?.stdout.includes("Verified OK")) return true;
  }
  return false;
}

function speaksOf(content: Uint8Array, { subject }: PromisedSignature): boolean {
  return Buffer.from(content).includes(digestHex(subject));
}

/** Cosign's tag: a layer for each signature, which is in the layer's annotation. */
async function readSimple(
  host: string,
  { repository, subject }: PromisedSignature,
): Promise<readonly Signed[]> {
  const manifest = await readManifest(host, repository, `${subject.replace(":", "-")}.sig`);
  return Promise.all(
    manifest.layers.map(async ({ digest, annotations }) => ({
      content: await fetchBlob(host, repository, digest),
      signature: Buffer.from(annotations?.get("dev.cosignproject.cosign/signature") ?? "", "base64"),
    })),
  );
}

/** A bundle's envelope, as it is signed (DSSE, protocol.md). */
async function readBundles(
  host: string,
  { repository, subject }: PromisedSignature,
): Promise<readonly Signed[]> {
  const found: Signed[] = [];
  for (const digest of await listReferrers(host, repository, subject)) {
    const [layer] = (await readManifest(host, repository, digest)).layers;
    if (!layer?.mediaType.startsWith("application/vnd.dev.sigstore.bundle")) continue;
    const bundle: unknown = JSON.parse((await fetchBlob(host, repository, layer.digest)).toString());
    const { dsseEnvelope } = bundle as {
      dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
    };
    const payload = Buffer.from(dsseEnvelope.payload, "base64");
    const { payloadType } = dsseEnvelope;
    const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
    for (const { sig } of dsseEnvelope.signatures) {
      const content = Buffer.concat([Buffer.from(head), payload]);
      found.push({ content, signature: Buffer.from(sig, "base64") });
    }
  }
  return found;
}

async function readManifest(host: string, repository: string, reference: string): Promise<Manifest> {
  const manifest = parseManifest(await fetchManifest(host, repository, reference), reference);
  if (manifest.kind === "manifest") return manifest;
  throw new Error(`${repository} has an index as ${reference}`);
}

/** What `cosign verify` says of the subject, without the transparency log; rejects where it is not satisfied. */
export async function verifyByCosign(host: string, promised: PromisedSignature): Promise<string> {
  const folder = await makeTempFolder();
  const key = join(folder, "key.pub");
  await writeFile(key, promised.pem);
  // Of bundles cosign wants to know whom it could trust besides, be it asked for a key.
  const root = ["--trusted-root", samplePath("signed/keyless/public-good.json")];
  const form = promised.form === "sigstore bundle" ? ["--new-bundle-format", ...root] : [];
  const image = `${host}/${promised.repository}@${promised.subject}`;
  const args = ["verify", "--key", key, "--insecure-ignore-tlog", "--allow-http-registry", ...form, image];
  const env = { ...process.env, HOME: folder, DOCKER_CONFIG: folder };
  return (await promisify(execFile)("cosign", args, { env })).stdout;
}
