import type { Descriptor } from "../../oci/descriptor.ts";
import { NetworkError } from "../http/network-error.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { RegistryRefusal } from "../refusal/registry-refusal.ts";
import { headerOf } from "../http/transport.ts";
import type { UploadTarget } from "./upload-session.ts";

/**
 * Asks with HEAD whether a repository has a blob. The answer only saves work: a registry that does not answer it
 * (403, 500, ...) gives `unknown`, and one that has it with another size gives `absent`.
 */
export async function lookUpBlob(
  client: RegistryClient,
  target: UploadTarget,
  descriptor: Descriptor,
): Promise<"present" | "absent" | "unknown"> {
  try {
    const response = await client.send({
      method: "HEAD",
      url: `/v2/${target.access.repository}/blobs/${descriptor.digest}`,
      ...target,
      // A redirect to where the bytes are says that they are there.
      accept: [200, 302, 307, 404],
      attempts: 2,
    });
    await response.discard();
    if (response.status === 404) return "absent";
    const size = response.status === 200 ? headerOf(response, "content-length") : undefined;
    return size === undefined || Number(size) === descriptor.size ? "present" : "absent";
  } catch (error) {
    if (error instanceof RegistryRefusal || error instanceof NetworkError) return "unknown";
    throw error;
  }
}
