import type { Dialect } from "./dialect.ts";
import { dockerSave } from "./docker-save.ts";
import { ociLayout } from "./oci-layout.ts";
import { skopeoDirectory } from "./skopeo-directory.ts";

/** All that can be read. A folder that several accept belongs to the first. */
export const dialects: readonly Dialect[] = [skopeoDirectory, dockerSave, ociLayout];
