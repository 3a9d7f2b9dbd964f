import type { Store } from "../../content/repository.ts";
import { DirectoryStorage, type DirectoryStorageOptions } from "./directory-storage.ts";
import { createStorageStore } from "../storage-store.ts";

/**
 * A directory as the destination of the main job (`--to DIR`): an OCI image layout that `serve --data DIR` serves and
 * other tools read. Throws `LAYOUT_INVALID` or `LAYOUT_NOT_WRITABLE`.
 */
export async function openOciLayout(
  directory: string,
  options: DirectoryStorageOptions = {},
): Promise<Store> {
  return createStorageStore(await DirectoryStorage.open(directory, options), `oci:${directory}`);
}
