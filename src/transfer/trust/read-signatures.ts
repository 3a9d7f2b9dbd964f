import { checkBytes } from "../../content/check-bytes.ts";
import type { SourceArtifact } from "../../content/image-source.ts";
import { asClause, isReportable } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type ImageSignature, isBundleType } from "../../signature/images/image-signature.ts";
import { simpleSigningType } from "../../signature/images/simple-signing.ts";

/** A signature, or why it cannot be read, a clause. */
export type ReadSignature = ImageSignature | string;

/** What cosign signs is a few hundred bytes; a bundle has certificates and proofs as well. */
const maxSize = 1024 * 1024;
/** In one manifest: cosign adds a layer for each signature. */
const maxSignatures = 256;

/** The signatures that a manifest holds, in its order. */
export async function readSignatures(
  artifact: SourceArtifact,
  signal?: AbortSignal,
): Promise<readonly ReadSignature[]> {
  const { manifest } = artifact;
  const holder = manifest.descriptor.digest;
  const layers = manifest.kind === "manifest" ? manifest.layers : [];
  const read: ReadSignature[] = [];
  for (const layer of layers.filter(isSignature).slice(0, maxSignatures)) {
    const bytes = await readLayer(layer, artifact, signal);
    if (typeof bytes === "string") read.push(bytes);
    else if (layer.mediaType === simpleSigningType) {
      read.push({
        form: "simple signing",
        holder,
        payload: bytes,
        annotations: layer.annotations ?? new Map(),
      });
    } else {
      const { parseBundle } = await import("../../signature/images/sigstore-bundle.ts");
      const bundle = parseBundle(bytes);
      read.push(typeof bundle === "string" ? bundle : { form: "sigstore bundle", holder, bundle });
    }
  }
  return read;
}

/** Whether a layer is a signature, in either of the two forms that cosign writes. */
export function isSignature({ mediaType }: Descriptor): boolean {
  return mediaType === simpleSigningType || isBundleType(mediaType);
}

async function readLayer(
  { digest, size }: Descriptor,
  { blobs }: SourceArtifact,
  signal?: AbortSignal,
): Promise<Uint8Array | string> {
  const blob = blobs.find(({ descriptor }) => descriptor.digest === digest);
  if (!blob) return "what is signed is not there";
  if (size > maxSize) return `what is signed has ${size} bytes, want at most ${maxSize}`;
  const chunks: Uint8Array[] = [];
  try {
    const bytes = checkBytes({ ...blob.descriptor, size }, blob.open(signal), "read what is signed");
    for await (const chunk of bytes) chunks.push(chunk);
  } catch (error) {
    if (!isReportable(error, signal) || error.exit === "unreachable") throw error;
    return asClause(error);
  }
  return Buffer.concat(chunks);
}
