import { AirgapError } from "../../oci/airgap-error.ts";
import { digestAlgorithm, digestOf, isDigest } from "../../oci/digest.ts";
import { maxManifestSize, type RawManifest } from "../../oci/manifest.ts";
import { manifestMediaTypes, stripMediaTypeParameters } from "../../oci/media-type.ts";
import { manifestPath, manifestTitle } from "./manifest-path.ts";
import { readAnswer } from "../http/read-answer.ts";
import { readRules } from "../refusal/refusal-rules.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { headerOf } from "../http/transport.ts";

const timeout = 120_000;

/**
 * A manifest's bytes, or undefined where there is none. Throws `DIGEST_DIFFERS` for other bytes than were asked for,
 * and `NOT_VERIFIABLE` where the registry does not let it be read.
 */
export async function fetchManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<RawManifest | undefined> {
  const action = `fetch "${manifestTitle(client.host, repository, reference)}"`;
  const response = await client.send({
    method: "GET",
    url: manifestPath(repository, reference),
    access: { repository },
    action,
    accept: [200, 404],
    rules: readRules,
    headers: { accept: manifestMediaTypes.join(", ") },
    timeout,
    signal,
  });
  if (response.status === 404) {
    await response.discard();
    return undefined;
  }
  const bytes = await readAnswer(response, maxManifestSize, action);
  const digest = digestOf(bytes);
  const announced = isDigest(reference) ? reference : headerOf(response, "docker-content-digest");
  const isComparable =
    announced !== undefined && isDigest(announced) && digestAlgorithm(announced) === "sha256";
  if (isComparable && announced !== digest) {
    throw new AirgapError(
      "DIGEST_DIFFERS",
      `Cannot ${action}: want digest ${announced}, got bytes with ${digest}`,
      { exit: "protocol" },
    );
  }
  const mediaType = stripMediaTypeParameters(headerOf(response, "content-type") ?? "");
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}
