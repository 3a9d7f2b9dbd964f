import { readBlob } from "../../content/read-blob.ts";
import type { ContentReader } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { asObject, asOptionalString, type JsonObject, parseJson } from "../../oci/json.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { attestationSubject } from "../../oci/attestation.ts";
import { fetchChild } from "./fetch-child.ts";

/** What an in-toto statement says: `predicate` is an SBOM for `https://spdx.dev/Document`. */
export interface Statement {
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** What the attestations of an index say of one of its images (BuildKit, docs/attestations/attestation-storage.md). */
export async function readStatements(
  root: Manifest | ImageIndex,
  image: Digest,
  source: ContentReader,
  signal?: AbortSignal,
): Promise<Statement[]> {
  const listed = root.kind === "index" ? root.manifests : [];
  const statements: Statement[] = [];
  for (const descriptor of listed.filter((child) => attestationSubject(child) === image)) {
    const attestation = await fetchChild(source, descriptor, signal);
    const layers = attestation.kind === "manifest" ? attestation.layers : [];
    for (const layer of layers.filter(isStatement)) {
      statements.push(parseStatement(await readBlob(source, layer, signal), layer));
    }
  }
  return statements;
}

const envelopeType = /^application\/vnd\.in-toto\..*\+dsse$/;

function isStatement({ mediaType }: Descriptor): boolean {
  return mediaType === "application/vnd.in-toto+json" || envelopeType.test(mediaType);
}

function parseStatement(bytes: Uint8Array, { mediaType, digest, annotations }: Descriptor): Statement {
  const what = `attestation "${digest}"`;
  const read = (document: Uint8Array): JsonObject => asObject(parseJson(document, { what }), what);
  const outer = read(bytes);
  const payload = asOptionalString(outer.get("payload"), `${what}.payload`) ?? "";
  const statement = envelopeType.test(mediaType) ? read(Buffer.from(payload, "base64")) : outer;
  const predicateType =
    annotations?.get("in-toto.io/predicate-type") ??
    asOptionalString(statement.get("predicateType"), `${what}.predicateType`) ??
    "";
  return { predicateType, predicate: statement.get("predicate") };
}
