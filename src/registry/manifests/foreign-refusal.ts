import { isForeign } from "../../oci/descriptor.ts";
import { parseManifest, type RawManifest } from "../../oci/manifest.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";

/** Whether a manifest names layers that are to stay elsewhere. */
export function hasForeignLayers({ bytes, descriptor }: RawManifest): boolean {
  try {
    const manifest = parseManifest(bytes, "manifest", descriptor.mediaType);
    return manifest.kind === "manifest" && manifest.layers.some(isForeign);
  } catch {
    // It is the registry's to judge.
    return false;
  }
}

/**
 * Whether a refusal of such a manifest is for those layers: distribution answers 500, UNKNOWN where it does not allow their
 * urls, others that the blobs are unknown or the manifest invalid.
 */
export function refusesForeign({ refusal: { status, codes, message } }: RegistryRefusal): boolean {
  if (![400, 404, 500].includes(status)) return false;
  return (
    /\burls?\b/i.test(message) || codes.some((code) => /^(?:UNKNOWN|MANIFEST_\w+|BLOB_UNKNOWN)$/.test(code))
  );
}

/** The refusal as what it is. */
export function explainForeign(error: RegistryRefusal): RegistryRefusal {
  const message = error.message.replace(
    ": registry answered",
    ": it takes no layers that are elsewhere: registry answered",
  );
  return new RegistryRefusal("FOREIGN_LAYER", message, error.refusal, {
    exit: "denied",
    hint: "Load with --allow-foreign from an archive that has the layers, or allow their urls in the registry (distribution: validation.manifests.urls.allow).",
    cause: error,
  });
}
