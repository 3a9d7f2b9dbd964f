import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Deeper than any writer goes: a registry's storage with long names needs some fifteen. */
const maxDepth = 24;

/** Paths below a folder, in order, with slashes; folders are walked into, links are not, and neither is reported. */
export async function* walkFolder(
  root: string,
  folder: string = "",
  depth: number = maxDepth,
): AsyncGenerator<string> {
  const children = await readdir(join(root, folder), { withFileTypes: true });
  for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = folder === "" ? child.name : `${folder}/${child.name}`;
    if (!child.isDirectory()) yield name;
    else if (depth > 1) yield* walkFolder(root, name, depth - 1);
  }
}
