import type { Dialect } from "./dialect.ts";
import { dockerSave } from "./docker-save.ts";
import { dtWrap } from "./dt-wrap.ts";
import { hauler } from "./hauler.ts";
import { imgpkg } from "./imgpkg.ts";
import { kubekey } from "./kubekey.ts";
import { ocMirrorSet } from "./oc-mirror-set.ts";
import { ociLayout } from "./oci-layout.ts";
import { registryPaths } from "./registry-paths.ts";
import { registryStorage } from "./registry-storage.ts";
import { skopeoDirectory } from "./skopeo-directory.ts";
import { talosCache } from "./talos-cache.ts";
import { zotStorage } from "./zot-storage.ts";

/** All that can be read. A folder that several accept belongs to the first. */
export const dialects: readonly Dialect[] = [
  ocMirrorSet,
  registryStorage,
  registryPaths,
  zotStorage,
  talosCache,
  dtWrap,
  imgpkg,
  hauler,
  kubekey,
  skopeoDirectory,
  dockerSave,
  ociLayout,
];
