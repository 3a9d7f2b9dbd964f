import { join } from "node:path";
import { type LayoutFiles, takenSuffix } from "./layout-files.ts";

/** Undoes what a collection of garbage that was killed had taken away and not looked at again yet. */
export async function putBackTaken(files: LayoutFiles, ...folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (const name of await files.list(folder)) {
      if (name.endsWith(takenSuffix)) await files.putBack(join(folder, name));
    }
    await putBackTaken(files, ...(await files.listFolders(folder)).map((name) => join(folder, name)));
  }
}
