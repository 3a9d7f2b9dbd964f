import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { isFileError, makeDirectory, syncDirectory } from "./durable-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";

/** What a link says, or undefined where there is none. */
export async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isFileError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Makes an empty link, or makes it young again, which keeps the collector of garbage away from it. */
export async function touchLink(path: string): Promise<void> {
  await makeDirectory(dirname(path));
  await writeFile(path, "");
  await syncDirectory(dirname(path));
}

/** Removes a link; false where there was none. */
export async function removeLink(path: string): Promise<boolean> {
  try {
    await rm(path);
  } catch (error) {
    if (isFileError(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

/** The digests that a directory of `<algorithm>/<hex>` names; anything else in it is not ours. */
export async function listDigests(directory: string): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for (const algorithm of await listEntries(directory))
    for (const hex of await listEntries(join(directory, algorithm))) {
      const digest = `${algorithm}:${hex}`;
      if (isDigest(digest)) found.push(digest);
    }
  return found;
}

/** All repositories that have a link to anything. */
export async function* walkRepositories(paths: LayoutPaths, above: string = ""): AsyncGenerator<string> {
  const entries = await listEntries(join(paths.repositories, above));
  if (entries.some((entry) => entry.startsWith("_"))) yield above;
  for (const entry of entries)
    if (!entry.startsWith("_")) yield* walkRepositories(paths, above === "" ? entry : `${above}/${entry}`);
}

async function listEntries(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (isFileError(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
