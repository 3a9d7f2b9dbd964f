import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";

/** The error of a registry that keeps other bytes under a blob's digest: a broken upload that it took as done. */
export function blobDamaged(action: string, { digest, size }: Descriptor): AirgapError {
  return new AirgapError(
    "BLOB_DAMAGED",
    `Cannot ${action}: what the registry has under ${digest} is not ${size} bytes long`,
    {
      exit: "protocol",
      hint: "The registry keeps a broken upload. Delete the images that have it there, run its garbage collection or repair (Pulp: pulp repair), then run the same command again.",
    },
  );
}
